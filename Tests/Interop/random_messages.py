"""Random messages and random wire bytes for any message descriptor."""

from __future__ import annotations

import random
import struct

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_ENUM: (-(2**31), 2**31 - 1),
}
# Of the types that are not varints.
WIRE_TYPES = {
    FieldDescriptor.TYPE_DOUBLE: 1,
    FieldDescriptor.TYPE_FIXED64: 1,
    FieldDescriptor.TYPE_SFIXED64: 1,
    FieldDescriptor.TYPE_STRING: 2,
    FieldDescriptor.TYPE_BYTES: 2,
    FieldDescriptor.TYPE_MESSAGE: 2,
    FieldDescriptor.TYPE_FLOAT: 5,
    FieldDescriptor.TYPE_FIXED32: 5,
    FieldDescriptor.TYPE_SFIXED32: 5,
}
# No combining characters: Swift takes canonically equal strings for the same key of a map.
CHARACTERS = "aZ09 \0\n\"\\éßЖ中☺😈\U0010fffd\uffff"
FLOATS = [0.0, -0.0, 1.0, -1.5, float("inf"), float("-inf"), float("nan"), 2.0**-149, 2.0**-126, 3.5e10]


class RandomMessages:
    """A stream of messages that a seed determines."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def fill(self, message: Message, depth: int = 0) -> Message:
        """Sets some of the fields of a message and of those in it."""
        share = self.random.choice([0.2, 0.5, 0.9]) / (depth + 1)
        for field in message.DESCRIPTOR.fields:
            if self.random.random() < share:
                self._set(message, field, depth)
        return message

    def _set(self, message: Message, field: FieldDescriptor, depth: int) -> None:
        is_message = field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE
        if is_message and field.message_type.GetOptions().map_entry:
            key_field, value_field = field.message_type.fields
            entries = getattr(message, field.name)
            for _ in range(self.random.randint(1, 4)):
                key = self._scalar(key_field)
                if value_field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
                    self.fill(entries[key], depth + 1)
                else:
                    entries[key] = self._scalar(value_field)
        elif field.is_repeated:
            values = getattr(message, field.name)
            for _ in range(self.random.choice([1, 2, 3] if is_message else [1, 2, 3, 40])):
                if not is_message:
                    values.append(self._scalar(field))
                elif depth < 5:
                    self.fill(values.add(), depth + 1)
        elif is_message:
            child = getattr(message, field.name)
            child.SetInParent()
            self.fill(child, depth + 1)
        else:
            setattr(message, field.name, self._scalar(field))

    def _scalar(self, field: FieldDescriptor):
        kind = field.cpp_type
        if kind in INTEGERS:
            low, high = INTEGERS[kind]
            return self.random.choice([0, 1, 2, 127, 128, 300, low, high, self.random.randint(low, high)])
        if kind == FieldDescriptor.CPPTYPE_BOOL:
            return self.random.random() < 0.5
        if kind == FieldDescriptor.CPPTYPE_DOUBLE:
            return self.random.choice([*FLOATS, self.random.uniform(-1e300, 1e300)])
        if kind == FieldDescriptor.CPPTYPE_FLOAT:
            return self.random.choice([*FLOATS, self.random.uniform(-1e30, 1e30)])
        length = self.random.choice([0, 1, 5, 15, 16, 127, 128, 1000])
        if field.type == FieldDescriptor.TYPE_BYTES:
            return self.random.randbytes(length)
        return "".join(self.random.choices(CHARACTERS, k=length))

    def damage(self, encoded: bytes) -> bytes:
        """The bytes with a few changed, cut out, put in or doubled."""
        damaged = bytearray(encoded)
        for _ in range(self.random.randint(1, 4)):
            at = self.random.randint(0, len(damaged))
            match self.random.randrange(4):
                case 0:
                    byte = self.random.choice([0, 1, 0x7F, 0x80, 0xFF, self.random.randrange(256)])
                    damaged[at : at + 1] = bytes([byte])
                case 1:
                    del damaged[at : at + self.random.randint(1, 3)]
                case 2:
                    damaged[at:at] = self.random.randbytes(self.random.randint(1, 3))
                case 3:
                    damaged = damaged[:at] * 2 if self.random.random() < 0.2 else damaged[:at]
        return bytes(damaged)

    def fields(self, descriptor: Descriptor, depth: int = 0) -> bytes:
        """Well-formed fields whose numbers the message mostly knows, of any wire type, in any order."""
        known = {field.number: field for field in descriptor.fields}
        is_entry = descriptor.GetOptions().map_entry
        encoded = bytearray()
        for _ in range(self.random.randint(0, 6)):
            if is_entry:
                # Implementations differ in what they make of an entry with unknown fields.
                number = self.random.choice([1, 2])
                kind = WIRE_TYPES.get(known[number].type, 0)
            else:
                number = self.random.choice([*known, 1, 2, 19, 2**29 - 1])
                kind = self.random.choice([0, 0, 1, 2, 2, 2, 3, 5])
            encoded += varint(number << 3 | kind)
            match kind:
                case 0:
                    encoded += self._varint()
                case 1:
                    encoded += self.random.randbytes(8)
                case 2:
                    encoded += delimited(self._content(known.get(number), depth))
                case 3:
                    encoded += self.fields(descriptor, depth + 1) if depth < 4 else b""
                    encoded += varint(number << 3 | 4)
                case 5:
                    encoded += self.random.randbytes(4)
        return bytes(encoded)

    def _content(self, field: FieldDescriptor | None, depth: int) -> bytes:
        if field and field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            return self.fields(field.message_type, depth + 1) if depth < 4 else b""
        if field and field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            return "".join(self.random.choices(CHARACTERS, k=3)).encode()
        if field and field.type in (FieldDescriptor.TYPE_FIXED32, FieldDescriptor.TYPE_SFIXED32):
            return struct.pack("<3I", *(self.random.randrange(2**32) for _ in range(3)))
        if field and field.type in (FieldDescriptor.TYPE_FIXED64, FieldDescriptor.TYPE_SFIXED64):
            return struct.pack("<2Q", *(self.random.randrange(2**64) for _ in range(2)))
        if field and field.type == FieldDescriptor.TYPE_DOUBLE:
            return struct.pack("<2d", *self.random.choices(FLOATS, k=2))
        if field and field.type == FieldDescriptor.TYPE_FLOAT:
            return struct.pack("<2f", *self.random.choices(FLOATS, k=2))
        return b"".join(self._varint() for _ in range(self.random.randint(0, 3)))

    def _varint(self) -> bytes:
        """Any number, sometimes in more bytes than it needs."""
        encoded = varint(self.random.choice([0, 1, 127, 128, 2**31, 2**32 - 1, 2**63, self.random.randrange(2**64)]))
        if len(encoded) < 9 and self.random.random() < 0.2:
            encoded = encoded[:-1] + bytes([encoded[-1] | 0x80, 0])
        return encoded


def varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def delimited(content: bytes) -> bytes:
    return varint(len(content)) + content

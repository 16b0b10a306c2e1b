"""HoneydewProtobuf against the reference implementations: Python's protobuf and protoc."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.message import DecodeError, Message

from random_messages import RandomMessages, delimited, varint

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = ["-I", str(ROOT / "Protos"), "-I", str(ROOT / "Tests/Interop/Protos")]
FILES = ["wire_test.proto", "daemon.proto", "worker.proto", "google/rpc/status.proto"]
NAMES_WITH_MAPS = [
    "honeydew.test.Everything",
    "honeydew.test.Maps",
    "honeydew.test.Choices",
    "honeydew.test.Tree",
    "honeydew.DaemonStatus",
    "honeydew.JobStatus",
]
NAMES_WITHOUT_MAPS = [
    "honeydew.test.Scalars",
    "honeydew.test.Optionals",
    "honeydew.test.Lists",
    "honeydew.test.UnpackedLists",
    "honeydew.test.Names",
    "honeydew.worker.FromWorker",
    "google.rpc.Status",
]
NAMES = NAMES_WITH_MAPS + NAMES_WITHOUT_MAPS


def protoc(*arguments: str, stdin: bytes = b"") -> bytes:
    command = ["protoc", *IMPORTS, *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=True, timeout=60).stdout


@pytest.fixture(scope="session")
def types(tmp_path_factory: pytest.TempPathFactory) -> dict[str, type[Message]]:
    """The reference's message classes, made from the same .proto files."""
    output = tmp_path_factory.mktemp("descriptors") / "all"
    protoc(f"--descriptor_set_out={output}", "--include_imports", *FILES)
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes()).file:
        pool.AddSerializedFile(file.SerializeToString())
    names = [*NAMES, "honeydew.test.Nothing"]
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in names}


@pytest.fixture(scope="session")
def echo_program() -> Path:
    return ROOT / ".build/debug/honeydew-wire-echo"


@pytest.fixture
def echo(echo_program: Path):
    """Has HoneydewProtobuf decode and encode messages; an answer is bytes, or a string that says what is wrong."""

    def run(name: str, messages: list[bytes]) -> list[bytes | str]:
        def block(content: bytes) -> bytes:
            return struct.pack("<I", len(content)) + content

        stdin = b"".join(block(name.encode()) + block(message) for message in messages)
        output = subprocess.run([echo_program], input=stdin, capture_output=True, check=True, timeout=300).stdout
        answers: list[bytes | str] = []
        position = 0
        while position < len(output):
            (length,) = struct.unpack_from("<I", output, position)
            content = output[position + 4 : position + 4 + length]
            answers.append(content[1:] if content[0] else content[1:].decode())
            position += 4 + length
        assert len(answers) == len(messages)
        return answers

    return run


def judge(type_: type[Message], encoded: bytes | str) -> tuple[int, bytes] | None:
    """What Python's protobuf makes of a message: its size and deterministic form; None when it refuses to decode.

    Python's own order of map entries is not that of C++, so that bytes are compared in its form.
    """
    try:
        form = type_.FromString(encoded).SerializeToString(deterministic=True) if isinstance(encoded, bytes) else None
    except DecodeError:
        return None
    return None if form is None else (len(form), form)


def compare(name: str, types: dict[str, type[Message]], echo, messages: list[bytes]) -> None:
    for message, answer in zip(messages, echo(name, messages), strict=True):
        expected = judge(types[name], message)
        assert judge(types[name], answer) == expected, (message.hex(), answer)
        assert expected is None or len(answer) == expected[0], (message.hex(), answer.hex())


@pytest.mark.parametrize("name", NAMES)
def test_random_messages_come_back(name: str, types, echo) -> None:
    source = RandomMessages(1)
    compare(name, types, echo, [source.fill(types[name]()).SerializeToString() for _ in range(300)])


@pytest.mark.parametrize("name", NAMES_WITHOUT_MAPS)
def test_random_messages_come_back_byte_for_byte(name: str, types, echo) -> None:
    source = RandomMessages(1)
    messages = [source.fill(types[name]()).SerializeToString() for _ in range(300)]
    assert echo(name, messages) == messages


@pytest.mark.parametrize("name", NAMES)
def test_fields_of_any_wire_type_in_any_order_read_alike(name: str, types, echo) -> None:
    source = RandomMessages(2)
    compare(name, types, echo, [source.fields(types[name].DESCRIPTOR) for _ in range(1000)])


@pytest.mark.parametrize("name", NAMES_WITHOUT_MAPS)
def test_damaged_messages_are_refused_or_read_alike(name: str, types, echo) -> None:
    source = RandomMessages(3)
    compare(name, types, echo, [source.damage(source.fill(types[name]()).SerializeToString()) for _ in range(1000)])


@pytest.mark.parametrize("name", NAMES_WITH_MAPS)
def test_damaged_maps_are_refused_alike(name: str, types, echo) -> None:
    source = RandomMessages(3)
    messages = [source.damage(source.fill(types[name]()).SerializeToString()) for _ in range(1000)]
    refused = [judge(types[name], message) is None for message in messages]
    assert [isinstance(answer, str) for answer in echo(name, messages)] == refused


@pytest.mark.parametrize("name", NAMES)
def test_what_a_message_does_not_know_passes_through(name: str, types, echo) -> None:
    source = RandomMessages(4)
    messages = [source.fill(types[name]()).SerializeToString() for _ in range(100)]
    assert echo("honeydew.test.Nothing", messages) == messages


@pytest.mark.parametrize("name", NAMES)
def test_protoc_agrees(name: str, types, echo) -> None:
    source = RandomMessages(5)
    for _ in range(5):
        message = source.fill(types[name]())
        text = text_format.MessageToString(message, as_utf8=True).encode()
        encoded = protoc(f"--encode={name}", "--deterministic_output", *FILES, stdin=text)
        (answer,) = echo(name, [encoded])
        assert answer == encoded
        decoded = text_format.Parse(protoc(f"--decode={name}", *FILES, stdin=answer), types[name]())
        assert judge(types[name], decoded.SerializeToString()) == judge(types[name], message.SerializeToString())


def nested_trees(levels: int) -> bytes:
    encoded = b""
    for _ in range(levels):
        encoded = b"\x12" + delimited(encoded)
    return encoded


def nested_groups(levels: int) -> bytes:
    return b"\x4b" * levels + b"\x4c" * levels


@pytest.mark.parametrize("nest", [nested_trees, nested_groups])
def test_both_refuse_more_than_100_levels(nest, types, echo) -> None:
    name = "honeydew.test.Tree"
    messages = [nest(100), nest(101), nest(100_000)]
    answers = echo(name, messages)
    assert answers == [messages[0]] + ["the message is nested too deeply"] * 2
    assert [judge(types[name], message) is None for message in messages] == [False, True, True]


@pytest.mark.parametrize(
    "encoded",
    [
        varint(0), varint(7), varint(1 << 32 | 8) + b"\0", b"\x80\x80\x80\x80\x80\x00", b"\x08" + b"\xff" * 9 + b"\x02",
        b"\x08" + b"\xff" * 9 + b"\x01", b"\x08\x80", b"\x72\xff\xff\xff\xff\x0f", b"\x72\x05abcd", b"\x72\x02\xc3\x28",
        b"\x72\x03\xed\xa0\x80", b"\x72\x02\xc0\x80", b"\x4c", b"\x4b\x54", b"\x4b", b"\x0e", b"\x0f", b"\x09\0\0\0",
    ],
    ids=bytes.hex,
)  # fmt: skip
def test_edges_of_the_format_are_judged_alike(encoded: bytes, types, echo) -> None:
    compare("honeydew.test.Scalars", types, echo, [encoded])


def test_a_map_entry_with_more_than_key_and_value_is_kept_whole(echo) -> None:
    entry = b"\x0a\x06\x08\x01\x10\x02\x18\x03"
    assert echo("honeydew.test.Maps", [entry + b"\x0a\x02\x08\x05"]) == [b"\x0a\x04\x08\x05\x10\x00" + entry]


def proto_runs() -> list[list[str]]:
    """The runs of protoc that `make proto` makes."""
    recipe = subprocess.run(["make", "-n", "proto"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [line.split() for line in recipe.splitlines() if line.startswith("protoc ")]


@pytest.mark.parametrize("run", proto_runs(), ids=lambda run: run[4].split(":")[1])
def test_generated_code_is_what_make_proto_writes(run: list[str], tmp_path: Path) -> None:
    output, directory = run[4].split(":")
    subprocess.run([*run[:4], f"{output}:{tmp_path}", *run[5:]], cwd=ROOT, check=True)
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_text() for path in (ROOT / directory).iterdir()}

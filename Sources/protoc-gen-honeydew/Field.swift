/// A field of a message, as it is written in Swift.
struct Field {
  enum Shape {
    /// Without presence: always has a value.
    case singular
    /// With presence.
    case optional
    /// With presence, held by reference since the message can contain itself.
    case indirect
    case repeated
    case packed
    case map(key: ElementType, value: ElementType)
    /// A case of the oneof at this position.
    case oneof(Int, isIndirect: Bool)
  }

  let number: Int32
  /// As the .proto file has it.
  let protoName: String
  let name: String
  let upperName: String
  let type: ElementType
  let shape: Shape
  let comment: String

  init(
    _ field: Google_Protobuf_FieldDescriptorProto, in message: String, _ schema: Schema, comment: String
  ) {
    number = field.number
    protoName = field.name
    name = propertyName(field.name)
    upperName = upperCamel(field.name)
    type = ElementType(field, schema)
    self.comment = comment
    let isProto2 = schema.proto2Messages.contains(message)
    let isRecursive = field.type == .message && schema.message(field.typeName, canContain: message)
    if let entry = schema.mapEntry(field), entry.field.count == 2 {
      shape = .map(key: ElementType(entry.field[0], schema), value: ElementType(entry.field[1], schema))
    } else if field.label == .repeated {
      let isPacked = field.options.hasPacked ? field.options.packed : !isProto2
      shape = type.isPackable && isPacked ? .packed : .repeated
    } else if field.hasOneofIndex && !field.proto3Optional {
      shape = .oneof(Int(field.oneofIndex), isIndirect: isRecursive)
    } else if isRecursive {
      shape = .indirect
    } else {
      shape = field.type == .message || field.proto3Optional || isProto2 ? .optional : .singular
    }
  }

  /// The property that holds a field with presence.
  var storage: String { "_" + name.filter { $0 != "`" } }

  var oneof: Int? {
    if case .oneof(let index, _) = shape { index } else { nil }
  }
}

/// The type of a field's values, without regard to how many there are.
struct ElementType {
  /// The runtime's type that reads and writes it.
  let codec: String
  let swift: String
  let defaultValue: String
  let isMessage: Bool
  let isPackable: Bool

  init(_ field: Google_Protobuf_FieldDescriptorProto, _ schema: Schema) {
    let name = schema.swiftNames[field.typeName] ?? ""
    switch field.type {
    case .message:
      (codec, swift, defaultValue) = ("ProtobufMessage<\(name)>", name, "\(name)()")
    case .enum:
      (codec, swift) = ("ProtobufEnum<\(name)>", name)
      defaultValue = "." + (schema.firstCases[field.typeName] ?? "")
    case .string: (codec, swift, defaultValue) = ("ProtobufString", "String", "\"\"")
    case .bytes: (codec, swift, defaultValue) = ("ProtobufBytes", "[UInt8]", "[]")
    case .bool: (codec, swift, defaultValue) = ("ProtobufBool", "Bool", "false")
    case .double: (codec, swift, defaultValue) = ("ProtobufDouble", "Double", "0")
    case .float: (codec, swift, defaultValue) = ("ProtobufFloat", "Float", "0")
    case .int32: (codec, swift, defaultValue) = ("ProtobufInt32", "Int32", "0")
    case .sint32: (codec, swift, defaultValue) = ("ProtobufSInt32", "Int32", "0")
    case .sfixed32: (codec, swift, defaultValue) = ("ProtobufSFixed32", "Int32", "0")
    case .int64: (codec, swift, defaultValue) = ("ProtobufInt64", "Int64", "0")
    case .sint64: (codec, swift, defaultValue) = ("ProtobufSInt64", "Int64", "0")
    case .sfixed64: (codec, swift, defaultValue) = ("ProtobufSFixed64", "Int64", "0")
    case .uint32: (codec, swift, defaultValue) = ("ProtobufUInt32", "UInt32", "0")
    case .fixed32: (codec, swift, defaultValue) = ("ProtobufFixed32", "UInt32", "0")
    case .uint64: (codec, swift, defaultValue) = ("ProtobufUInt64", "UInt64", "0")
    case .fixed64: (codec, swift, defaultValue) = ("ProtobufFixed64", "UInt64", "0")
    case .unspecified, .group, .UNRECOGNIZED:
      preconditionFailure("proto3 has no fields of type \(field.type.rawValue)")
    }
    isMessage = field.type == .message
    isPackable = ![.message, .string, .bytes].contains(field.type)
  }
}

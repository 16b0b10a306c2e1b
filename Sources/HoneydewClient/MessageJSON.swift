public import HoneydewJSON
internal import HoneydewMessages
public import HoneydewProtobuf

/// Messages as JSON for programs: the names of the .proto file, numbers for integers, and every field that has no
/// presence of its own, also when it is zero. The names come from the file's descriptor, so a field that is added to
/// the service appears here by itself.
public struct MessageJSON: Sendable {
  /// For the messages of daemon.proto.
  public static let honeydew = MessageJSON(descriptor: Honeydew_DaemonProto.descriptor.serialized)

  fileprivate struct Field: Sendable {
    var name = ""
    var number = 0
    /// `google.protobuf.FieldDescriptorProto.Type`.
    var type = 0
    /// The message's full name with a leading dot.
    var typeName = ""
    var isRepeated = false
    var isOptional = false
  }

  /// By full name with a leading dot.
  private var messages: [String: [Field]] = [:]
  /// The names of the messages that are entries of a map.
  private var mapEntries: Set<String> = []

  /// - Parameter descriptor: a `google.protobuf.FileDescriptorProto` of our own, which is well-formed.
  public init(descriptor: [UInt8]) {
    let file = WireFields(descriptor)
    let package = file.last(2)?.text ?? ""
    for message in file.all(4) { add(WireFields(message.bytes), in: "." + package) }
  }

  private mutating func add(_ message: WireFields, in scope: String) {
    let name = "\(scope).\(message.last(1)?.text ?? "")"
    messages[name] = message.all(2).map { Field(described: WireFields($0.bytes)) }
    if WireFields(message.last(7)?.bytes ?? []).last(7)?.number == 1 { mapEntries.insert(name) }
    for nested in message.all(3) { add(WireFields(nested.bytes), in: name) }
  }

  /// The message as an object. It must be of the descriptor's file.
  public func value(of message: some Message) -> JSONValue {
    let bytes = (try? message.serializedBytes()) ?? []
    return value(of: bytes[...], type: "." + type(of: message).protoMessageName)
  }

  private func value(of bytes: ArraySlice<UInt8>, type: String) -> JSONValue {
    guard let fields = messages[type] else { preconditionFailure("\(type) is not in the descriptor") }
    let content = WireFields(bytes)
    return .object(
      fields.compactMap { field in
        let occurrences = content.all(field.number)
        if mapEntries.contains(field.typeName) {
          return JSONValue.Member(field.name, .object(occurrences.map { entry(in: $0.bytes, field.typeName) }))
        }
        if field.isRepeated {
          return JSONValue.Member(field.name, .array(occurrences.map { value(of: $0, field) }))
        }
        if occurrences.isEmpty && (field.isOptional || field.type == 11) { return nil }
        return JSONValue.Member(field.name, value(of: occurrences.last ?? WireFields.zero, field))
      })
  }

  /// A member of the object that a map becomes. Its keys are texts; our encoder writes none of them twice.
  private func entry(in bytes: ArraySlice<UInt8>, _ type: String) -> JSONValue.Member {
    let entry = value(of: bytes, type: type)
    return JSONValue.Member(entry["key"]?.string ?? "", entry["value"] ?? .null)
  }

  private func value(of content: WireFields.Value, _ field: Field) -> JSONValue {
    switch field.type {
    case 3, 5: .number(Int64(bitPattern: content.number))
    case 4, 13: .number(content.number)
    case 8: .bool(content.number != 0)
    case 9: .string(content.text)
    case 11: value(of: content.bytes, type: field.typeName)
    default: preconditionFailure("\(field.name) is of type \(field.type), which has no JSON form here")
    }
  }
}

extension MessageJSON.Field {
  fileprivate init(described fields: WireFields) {
    name = fields.last(1)?.text ?? ""
    number = Int(fields.last(3)?.number ?? 0)
    isRepeated = fields.last(4)?.number == 3
    type = Int(fields.last(5)?.number ?? 0)
    typeName = fields.last(6)?.text ?? ""
    isOptional = fields.last(17)?.number == 1
  }
}

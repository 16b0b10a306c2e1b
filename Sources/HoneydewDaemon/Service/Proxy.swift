internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC

extension DaemonService {
  /// Submits a job of the command for an RPC of its own, and answers the job's id.
  ///
  /// - Parameters:
  ///   - request: it has the command's arguments, in the order of the registry, as its first fields.
  ///   - jobID: where the answer has the job's id.
  func submit<Request: Message, Response: Message>(
    _ name: String, _ request: Request, _ options: Honeydew_JobOptions, _ call: UnaryCall<Response>,
    _ jobID: WritableKeyPath<Response, String>
  ) {
    guard let command = CommandRegistry.find(name) else { preconditionFailure("\(name) is not in the registry") }
    decide(call) { () throws(Refusal) in
      let payload = JSONValue.object(ArgumentReader.members(of: request, arguments: command.arguments))
      let id = try supervisor.submissions.submit(
        Submission(command: command.name, payload: payload, options, by: access(of: call)))
      call.concerns(id)
      return .with { $0[keyPath: jobID] = id }
    }
  }
}

/// Reads a payload from the fields of a request: the field 1 is the first argument. A text that is empty, as any field
/// that is not set, is an argument that is left out.
struct ArgumentReader: FieldVisitor {
  private let arguments: [Argument]
  private var members: [JSONValue.Member] = []

  static func members(of request: some Message, arguments: [Argument]) -> [JSONValue.Member] {
    var reader = ArgumentReader(arguments: arguments)
    request.traverse(&reader)
    return reader.members
  }

  private init(arguments: [Argument]) {
    self.arguments = arguments
  }

  mutating func present<Field: FieldType>(_: Field.Type, _ value: Field.Value, _ number: Int) {
    // What follows the arguments are the options.
    guard number <= arguments.count else { return }
    let json: JSONValue
    switch value {
    case let text as String: json = .string(text)
    case let flag as Bool: json = .bool(flag)
    default: preconditionFailure("an argument of type \(Field.Value.self) has no place in a payload yet")
    }
    members.append(JSONValue.Member(arguments[number - 1].name, json))
  }

  mutating func packed<Field: FieldType>(_: Field.Type, _ values: [Field.Value], _ number: Int) {
    precondition(values.isEmpty, "no argument of an API call's own RPC is a list")
  }

  mutating func map<Key: MapKeyType, Value: FieldType>(
    _: Key.Type, _: Value.Type, _ entries: [Key.Value: Value.Value], _ number: Int
  ) {
    precondition(entries.isEmpty, "no argument of an API call's own RPC is a map")
  }
}

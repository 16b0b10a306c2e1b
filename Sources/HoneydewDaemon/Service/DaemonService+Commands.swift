internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC

extension DaemonService {
  /// Answers from the registry alone; it needs no store.
  func listCommands(_ request: Honeydew_ListCommandsRequest, _ call: UnaryCall<Honeydew_ListCommandsResponse>) {
    let provider = request.provider
    let commands = CommandRegistry.all.filter { command in
      supervisor.submissions.rules.admits(command) && (provider.isEmpty || command.provider == provider)
    }
    guard provider.isEmpty || !commands.isEmpty else {
      return turn.refuse(call, .invalid("provider", "there is no provider \"\(provider.printable)\""))
    }
    call.respond(.with { $0.commands = commands.map(Honeydew_Command.init) })
  }
}

extension Honeydew_Command {
  init(_ command: Command) {
    self.init()
    self.command = command.name
    provider = command.provider
    summary = command.summary
    if case .api(_, let isMutation, _) = command.target { self.isMutation = isMutation }
    arguments = command.arguments.map(Honeydew_Argument.init)
  }
}

extension Honeydew_Argument {
  init(_ argument: Argument) {
    self.init()
    name = argument.name
    type = argument.type.name
    isRequired = argument.isRequired
    isSecret = argument.isSecret || argument.type == .secrets
    switch argument.type {
    case .enumeration(let words): values = words
    case .object(_, let fields): self.fields = fields.map(Honeydew_Argument.init)
    default: break
    }
  }
}

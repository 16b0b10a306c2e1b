internal import HoneydewJSON

extension Command {
  /// The command as a payload makes it: what a document asks for, and what a local command says of itself, tell whether it
  /// may be carried out twice. A payload that cannot be read says nothing.
  public func asked(by payload: [UInt8]) -> Command {
    guard target == .document || isLocal, let value = try? JSONValue(parsing: payload),
      let target = target(askedBy: value)
    else { return self }
    return Command(name: name, provider: provider, summary: summary, target: target, arguments: arguments)
  }

  private func target(askedBy payload: JSONValue) -> Target? {
    if isLocal { return .local(isRepeatable: payload["rerun"]?.bool ?? false) }
    guard let plan = try? DocumentCall(payload: payload).plan else { return nil }
    return .api(field: plan.keys.first ?? "", isMutation: plan.isMutation, isRepeatable: !plan.isMutation)
  }
}

extension Job {
  /// What the registry knows of the job's command, and the payload of its repeatability; nil when it knows nothing.
  public var registered: Command? { CommandRegistry.find(command)?.asked(by: payload) }
}

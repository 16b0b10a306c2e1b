/// What people know a local command by, kept beside its payload so that a list need not read that.
public struct LocalOutline: Equatable, Sendable {
  /// The most bytes of `title`.
  static let titleLimit = 1000

  /// The command as a shell would be given it.
  public var title: String
  /// Absolute.
  public var directory: String
  public var description: String

  public init(title: String, directory: String, description: String) {
    self.title = title
    self.directory = directory
    self.description = description
  }

  public init(_ command: LocalCommand) {
    self.init(
      title: command.title.shortened(toBytes: Self.titleLimit), directory: command.directory ?? "/",
      description: command.description)
  }
}

extension Job {
  /// Whether it runs a program of this machine.
  public var isLocal: Bool { local != nil }
}

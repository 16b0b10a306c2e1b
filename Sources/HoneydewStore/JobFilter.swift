public import HoneydewCore

/// Which jobs a list shows. Fields that are nil admit everything.
public struct JobFilter: Equatable, Sendable {
  public var status: JobStatus?
  public var command: String?
  /// The environment's name.
  public var environment: String?

  public init(status: JobStatus? = nil, command: String? = nil, environment: String? = nil) {
    self.status = status
    self.command = command
    self.environment = environment
  }
}

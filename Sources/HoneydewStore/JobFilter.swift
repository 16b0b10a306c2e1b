public import HoneydewCore

/// Which jobs a list or a bulk operation means. Fields that are nil or empty admit everything.
///
/// A submitter leads to its jobs, unless it is the daemon's own user, or a single schedule, or the first label, else the states
/// do; the other fields are compared row by row on the way.
public struct JobFilter: Equatable, Sendable {
  public var statuses: Set<JobStatus>
  public var commands: [String]
  /// By name.
  public var environments: [String]
  /// By name.
  public var pools: [String]
  /// The directory that local commands run in.
  public var directory: String?
  /// All of them must be carried.
  public var labels: [Label]
  /// The names of the schedules that made them.
  public var schedules: [String]
  /// The uid of who submitted them.
  public var submitter: UInt32?
  /// Not submitted before this moment.
  public var createdFrom: Timestamp?
  /// Submitted before this moment.
  public var createdBefore: Timestamp?
  /// Ended, and not before this moment.
  public var endedFrom: Timestamp?
  /// Ended, and before this moment.
  public var endedBefore: Timestamp?

  public struct Label: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(
    statuses: Set<JobStatus> = [], commands: [String] = [], environments: [String] = [], pools: [String] = [],
    directory: String? = nil, labels: [Label] = [],
    schedules: [String] = [], submitter: UInt32? = nil, createdFrom: Timestamp? = nil, createdBefore: Timestamp? = nil,
    endedFrom: Timestamp? = nil, endedBefore: Timestamp? = nil
  ) {
    self.statuses = statuses
    self.commands = commands
    self.environments = environments
    self.pools = pools
    self.directory = directory
    self.labels = labels
    self.schedules = schedules
    self.submitter = submitter
    self.createdFrom = createdFrom
    self.createdBefore = createdBefore
    self.endedFrom = endedFrom
    self.endedBefore = endedBefore
  }
}

/// What a bulk operation needs to know of a job, and what is left of it outside of its row.
public struct JobReference: Equatable, Sendable {
  public var sequence: Int64
  public var id: String
  public var command: String
  /// The uid of who submitted it.
  public var submitter: UInt32
  public var version: JobVersion
  public var completedAt: Timestamp?
  /// The file under `results/` of a spooled result.
  public var resultFile: String?

  public init(
    sequence: Int64, id: String, command: String, submitter: UInt32, version: JobVersion, completedAt: Timestamp?,
    resultFile: String?
  ) {
    self.sequence = sequence
    self.id = id
    self.command = command
    self.submitter = submitter
    self.version = version
    self.completedAt = completedAt
    self.resultFile = resultFile
  }

  public var status: JobStatus { version.status }
  /// Whether it runs a program of this machine.
  public var isLocal: Bool { CommandRegistry.find(command)?.isLocal == true }
}

extension JobOrigin {
  /// The jobs that stand in each other's way: those that a schedule has made for one user. A schedule that somebody else
  /// adds under a name that has become free has nothing to do with the jobs of the earlier one.
  public static func group(_ schedule: String, of submitter: UInt32) -> String { "\(submitter)/\(schedule)" }
}

extension Job {
  /// The group that the job belongs to; nil for one that no schedule has made.
  public var group: String? { origin.map { JobOrigin.group($0.schedule, of: submitter) } }
}

extension Schedule {
  /// The group of its jobs.
  public var group: String { JobOrigin.group(name, of: submitter) }
}

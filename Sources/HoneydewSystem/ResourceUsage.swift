/// What a process used.
public struct ResourceUsage: Equatable, Sendable {
  /// The most memory that was resident at any time.
  public var maximumResidentBytes: UInt64
  /// User and system time together.
  public var cpuTime: Duration
}

/// When memory that was freed goes back to the system: once after each burst of traffic, some seconds after its end. To
/// look takes a wake-up, so an idle daemon does not.
public struct MemoryReturn: Sendable {
  /// Less traffic than this is no burst.
  private static let burstBytes: UInt64 = 1 << 20
  private static let interval = Duration.seconds(3)
  /// From a look that finds the burst going on to the next one, so that its end is not seen late.
  private static let nextInterval = Duration.seconds(1)
  /// While a burst goes on, the memory that it freed is used again; but not for ever.
  private static let longestWait = 28

  /// When `isDue` wants to be asked next.
  public private(set) var lookAt: Duration?
  private var trafficBefore: UInt64 = 0
  private var looks = 0

  public init() {}

  /// - Parameter traffic: bytes read, written and let go since the start.
  public mutating func isDue(traffic: UInt64, at now: Duration) -> Bool {
    let isBurst = traffic - trafficBefore >= Self.burstBytes
    guard let lookAt else {
      if isBurst { look(after: Self.interval, traffic, now) }
      return false
    }
    guard lookAt <= now else { return false }
    looks += 1
    if isBurst, looks < Self.longestWait {
      look(after: Self.nextInterval, traffic, now)
      return false
    }
    self.lookAt = nil
    looks = 0
    trafficBefore = traffic
    return true
  }

  private mutating func look(after interval: Duration, _ traffic: UInt64, _ now: Duration) {
    lookAt = now + interval
    trafficBefore = traffic
  }
}

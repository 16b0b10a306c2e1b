public import HoneydewCore
internal import HoneydewSystem

/// The clock that a person looks at: this moment, in the local time zone.
public struct LocalClock: Sendable {
  public let now: Timestamp
  /// That of `TZ` or of the host; UTC where neither can be read.
  public let zone: ZoneRules

  public init(now: Timestamp, zone: ZoneRules) {
    self.now = now
    self.zone = zone
  }

  public static func present() -> LocalClock {
    let zone = try? ZoneRules(ZoneDatabase.fromEnvironment().hostZone())
    return LocalClock(now: Timestamp(milliseconds: Clock.wall().wholeMilliseconds), zone: zone ?? .utc)
  }
}

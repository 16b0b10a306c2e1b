/// How much of the loop's time one descriptor's handler has had of late: what it had is half as much after each tenth of
/// a second. Who has had little goes first, so that a client's short call is answered beside others' floods; who waits
/// comes to the front by waiting.
struct RecentUse {
  private static let intervalNanoseconds: Int64 = 100_000_000
  /// What counts as little.
  private static let littleNanoseconds: Int64 = 65536

  private var nanoseconds: Int64 = 0
  private var interval: Int64 = 0

  /// - Parameter moment: nanoseconds of the monotonic clock.
  mutating func add(_ used: Int64, at moment: Int64) {
    let present = moment / Self.intervalNanoseconds
    nanoseconds = nanoseconds(in: present) + used
    interval = present
  }

  /// 0 for little; each further rank has had twice as much as the one before.
  ///
  /// - Parameter more: what the present wish will take, in nanoseconds.
  func rank(at moment: Int64, more: Int64 = 0) -> Int {
    guard nanoseconds + more >= Self.littleNanoseconds else { return 0 }
    let multiple = (nanoseconds(in: moment / Self.intervalNanoseconds) + more) / Self.littleNanoseconds
    return Int64.bitWidth - multiple.leadingZeroBitCount
  }

  private func nanoseconds(in present: Int64) -> Int64 { nanoseconds >> min(max(present - interval, 0), 63) }
}

/// Where a ready descriptor stands among the others of its turn.
struct TurnClaim {
  /// About what a byte of a peer that sends many small frames takes.
  private static let nanosecondsPerByte: Int64 = 64

  private var use = RecentUse()
  /// The first of the turns that had no time for it, since it was handled last.
  private(set) var waitsSince: UInt64?
  /// Bytes that wait to be read, as of the turn that asked first.
  private var unread: Int64?

  init() {}

  var knowsUnread: Bool { unread != nil }

  mutating func expect(unread bytes: Int) {
    unread = Int64(bytes)
  }

  mutating func handled(for nanoseconds: Int64, at moment: Int64) {
    use.add(nanoseconds, at: moment)
    waitsSince = nil
    unread = nil
  }

  mutating func leftOver(in turn: UInt64) {
    if waitsSince == nil { waitsSince = turn }
  }

  /// Less goes first: by recent use and what there is to read, then by how long it waits, then by arrival.
  ///
  /// - Parameter arrival: the place among those that became ready, below 65,536.
  func key(at moment: Int64, turn: UInt64, arrival: Int) -> UInt64 {
    let rank = UInt64(use.rank(at: moment, more: (unread ?? 0) * Self.nanosecondsPerByte))
    return rank << 58 | (waitsSince ?? turn) << 16 & (1 << 58 - 1) | UInt64(arrival)
  }
}

internal import HoneydewCore

/// The last lines of an output: its end is read, and more of it until there are enough lines.
struct OutputTail {
  private static let first: Int64 = 64 << 10

  private let daemon: DaemonSession
  private let wait: JobWait
  private let streams: Set<OutputRecord.Stream>

  init(_ daemon: DaemonSession, _ wait: JobWait, streams: Set<OutputRecord.Stream>) {
    self.daemon = daemon
    self.wait = wait
    self.streams = streams
  }

  /// Hands on the last lines.
  ///
  /// - Returns: where what is written next will begin.
  func read(
    _ source: OutputFollower.Source, _ count: Int, _ body: (OutputRecord, Int32) throws(Failure) -> Void
  ) throws(Failure) -> OutputFollower.Source {
    var length = Self.first
    while true {
      let (end, records, isWhole) = try readEnd(of: source, length)
      let shown = records.filter { streams.contains($0.stream) }
      let kept = Self.last(count, of: shown)
      guard isWhole || kept.count < shown.count else {
        length *= 8
        continue
      }
      for record in kept { try body(record, end.attempt ?? 0) }
      return end
    }
  }

  /// - Returns: whether these are all that there are.
  private func readEnd(
    of source: OutputFollower.Source, _ length: Int64
  ) throws(Failure) -> (end: OutputFollower.Source, records: [OutputRecord], isWhole: Bool) {
    var begin = source
    begin.offset = -length
    let follower = OutputFollower(daemon, wait, [begin])
    var records: [OutputRecord] = []
    try follower.run(follows: false, onPause: { () throws(Failure) in }) { _, record throws(Failure) in
      records.append(record)
    }
    var end = follower.sources[0]
    let isWhole = end.received < length
    // Nothing has come.
    if end.offset < 0 { end.offset = 0 }
    return (end, records, isWhole)
  }

  /// The last lines with all their pieces, and what stands open behind them.
  static func last(_ count: Int, of records: [OutputRecord]) -> [OutputRecord] {
    var left = count
    var start = records.endIndex
    for index in records.indices.reversed() {
      // What follows the last whole line counts as one.
      if records[index].isWhole || index == records.indices.last { left -= 1 }
      if left < 0 { break }
      start = index
    }
    return Array(records[start...])
  }
}

internal import HoneydewClient
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewText

/// Reads what attempts of local commands have written, and goes on to their ends where that is asked for. It outlasts the
/// daemon, and reads each byte once.
final class OutputFollower {
  struct Source {
    let jobID: String
    /// Nil until it is known which one is the latest.
    var attempt: Int32?
    /// Where the next bytes begin; below zero, so many bytes before the end.
    var offset: Int64 = 0
    var records = OutputReader()
    /// How many bytes have come.
    fileprivate(set) var received: Int64 = 0
    fileprivate var hasEnded = false

    init(_ jobID: String, attempt: Int32? = nil) {
      self.jobID = jobID
      self.attempt = attempt
    }
  }

  private let daemon: DaemonSession
  private let wait: JobWait
  private(set) var sources: [Source]

  /// - Parameter wait: of the same jobs.
  init(_ daemon: DaemonSession, _ wait: JobWait, _ sources: [Source]) {
    self.daemon = daemon
    self.wait = wait
    self.sources = sources
  }

  /// Hands on the records, each with the place of its source.
  ///
  /// - Parameters:
  ///   - follows: whether to go on until the attempts have ended.
  ///   - onPause: called when all that is there was handed on.
  func run(
    follows: Bool, onPause: () throws(Failure) -> Void, _ body: (Int, OutputRecord) throws(Failure) -> Void
  ) throws(Failure) {
    let interrupts = try daemon.catchInterrupts()
    defer { withExtendedLifetime(interrupts) {} }
    for index in sources.indices { sources[index].hasEnded = false }
    try wait.outlasting { () throws(Failure) in try readAll(follows, onPause, body) }
  }

  private func readAll(
    _ follows: Bool, _ onPause: () throws(Failure) -> Void, _ body: (Int, OutputRecord) throws(Failure) -> Void
  ) throws(Failure) {
    var streams: [(index: Int, stream: ReplyStream<Honeydew_ReadOutputResponse>)] = []
    for index in sources.indices where !sources[index].hasEnded {
      let request = request(sources[index], follows)
      streams.append((index, daemon.connection.replies { $0.readOutput(request, onMessage: $1, onEnd: $2) }))
    }
    while !streams.isEmpty {
      let look = Clock.monotonic() + JobWait.interval
      let isReady = try daemon.waitForAny(of: streams.map(\.stream), until: min(wait.deadline ?? look, look))
      for place in streams.indices.reversed() where streams[place].stream.isReady {
        let (index, stream) = streams[place]
        if let replies = try daemon.next(of: stream, until: .zero) {
          for reply in replies { try take(reply, index, body) }
        } else {
          sources[index].hasEnded = true
          streams.remove(at: place)
        }
      }
      try onPause()
      if let deadline = wait.deadline, deadline <= Clock.monotonic() { throw wait.overdue }
      // Nothing has come yet, so that something may hold it back.
      if !isReady, sources.allSatisfy({ $0.received == 0 }) { try wait.lookAtTheFirst() }
    }
  }

  private func request(_ source: Source, _ follows: Bool) -> Honeydew_ReadOutputRequest {
    var request = Honeydew_ReadOutputRequest()
    request.jobID = source.jobID
    if let attempt = source.attempt { request.attempt = attempt }
    request.offset = source.offset
    request.follow = follows
    return request
  }

  private func take(
    _ reply: Honeydew_ReadOutputResponse, _ index: Int, _ body: (Int, OutputRecord) throws(Failure) -> Void
  ) throws(Failure) {
    sources[index].attempt = reply.attempt
    let expected = sources[index].offset
    if expected != reply.offset {
      // An end may begin within a record; what was dropped ends with a whole one.
      sources[index].records = OutputReader(startsInside: expected < 0 && reply.offset > 0)
    }
    if expected >= 0, reply.offset > expected {
      let text = "\(HumanText.size(reply.offset - expected)) of output are not kept"
      try body(index, OutputRecord(time: "", stream: .note, isWhole: true, text: Array(text.utf8)))
    }
    sources[index].received += Int64(reply.data.count)
    let records = sources[index].records.read(reply.data)
    sources[index].offset = reply.offset + Int64(reply.data.count)
    for record in records { try body(index, record) }
  }
}

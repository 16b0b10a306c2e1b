public import HoneydewMessages
public import HoneydewRPC

extension DaemonConnection {
  /// Makes a call that has one answer, and waits for it. The call is cancelled when the wait ends without.
  ///
  /// ```swift
  /// let status = try daemon.unary(until: deadline) { $0.getStatus(request, completion: $1) }
  /// ```
  /// - Parameter deadline: on the monotonic clock; nil waits for ever.
  public func unary<Reply>(
    until deadline: Duration?,
    _ begin: (Honeydew_DaemonClient, @escaping (Result<Reply, Status>) -> Void) -> ClientCall
  ) throws(ClientError) -> Reply {
    var outcome: Result<Reply, Status>?
    let call = begin(client) { outcome = $0 }
    defer { call.cancel() }
    try wait(until: deadline) { outcome != nil }
    switch outcome {
    case .success(let reply): return reply
    case .failure(let status): throw error(status)
    case nil: preconditionFailure("the wait ends with an outcome")
    }
  }

  /// Makes a call that has a stream of answers.
  ///
  /// ```swift
  /// let replies = daemon.replies { $0.waitJobs(request, onMessage: $1, onEnd: $2) }
  /// while let arrived = try replies.next(until: nil) { … }
  /// ```
  public func replies<Reply>(
    _ begin: (Honeydew_DaemonClient, @escaping (Reply) -> Void, @escaping (Status) -> Void) -> ClientCall
  ) -> ReplyStream<Reply> {
    ReplyStream(self, begin)
  }

  fileprivate func error(_ status: Status) -> ClientError {
    loss.map { .lost($0) } ?? .refused(status)
  }
}

/// The answers of a call, as they come. The call is cancelled when nobody holds this any more.
public final class ReplyStream<Reply> {
  private let connection: DaemonConnection
  private let state = State()
  private let call: ClientCall

  private final class State {
    var arrived: [Reply] = []
    var end: Status?
  }

  fileprivate init(
    _ connection: DaemonConnection,
    _ begin: (Honeydew_DaemonClient, @escaping (Reply) -> Void, @escaping (Status) -> Void) -> ClientCall
  ) {
    self.connection = connection
    call = begin(connection.client, { [state] in state.arrived.append($0) }, { [state] in state.end = $0 })
  }

  deinit {
    call.cancel()
  }

  /// Whether `next` need not wait.
  public var isReady: Bool { !state.arrived.isEmpty || state.end != nil }

  /// Waits for answers, and returns those that came since the last time; nil after the stream's end. An end that is an
  /// error is thrown when all that came before it was returned.
  public func next(until deadline: Duration?) throws(ClientError) -> [Reply]? {
    try connection.wait(until: deadline) { [state] in !state.arrived.isEmpty || state.end != nil }
    if !state.arrived.isEmpty {
      defer { state.arrived = [] }
      return state.arrived
    }
    guard let end = state.end, !end.isOK else { return nil }
    throw connection.error(end)
  }
}

internal import CNGHTTP2

/// What a session tells the connection that owns it.
protocol HTTP2SessionOwner: AnyObject {
  /// The peer opened a stream. Nil ignores it; only a server's session is ever asked.
  func open(stream id: Int32) -> Exchange?
  /// A stream closed; its exchange has been told.
  func streamClosed(_ exchange: Exchange, errorCode: UInt32)
  /// The peer's SETTINGS arrived.
  func settingsReceived()
  /// The peer will take no new streams.
  func goAwayReceived()
  /// Output was queued while nobody was receiving or writing.
  func outputQueued()
}

/// nghttp2's session without a socket: bytes in by `receive`, bytes out by `output`.
///
/// nghttp2 allows submitting from inside its callbacks but not receiving or sending, so output is produced by `fill` only.
final class HTTP2Session {
  enum Role {
    case server
    case client
  }

  /// Output is not produced beyond this while the socket does not take it; what waits stays in the exchanges.
  static let outputHighWater = 64 << 10
  /// More frames than this in nghttp2's queue come from a peer that provokes answers and does not read them.
  static let maxQueuedFrames = 10_000

  unowned var owner: (any HTTP2SessionOwner)?
  /// The open streams.
  var exchanges: [Int32: Exchange] = [:] {
    didSet { latest = nil }
  }
  /// The one that was looked for last; most of what comes and goes is about the same one as before.
  private var latest: Exchange?
  var output = OutputBuffer()
  /// Bytes of messages that wait in the exchanges.
  var queuedMessageBytes = 0
  /// The stream whose block of headers arrives.
  var arriving: Exchange?
  /// Exchanges whose buffer shrank in this `fill`.
  var drained: [Exchange] = []
  /// True inside nghttp2.
  private(set) var isBusy = false
  private var isQuiet = false
  /// Set when a GOAWAY with an error has left for the output: nothing follows it. The code is HTTP/2's (RFC 9113 §7).
  var terminationCode: UInt32?
  let handle: OpaquePointer
  private var headerList = HeaderList()

  init(role: Role, settings: [(id: nghttp2_settings_id, value: UInt32)], connectionWindow: Int32) {
    handle = HTTP2Session.makeHandle(role)
    nghttp2_session_set_user_data(handle, Unmanaged.passUnretained(self).toOpaque())
    let entries = settings.map { nghttp2_settings_entry(settings_id: Int32($0.id.rawValue), value: $0.value) }
    HTTP2Session.check(
      nghttp2_submit_settings(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, entries.count))
    HTTP2Session.check(
      nghttp2_session_set_local_window_size(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, connectionWindow))
  }

  deinit {
    nghttp2_session_del(handle)
  }

  /// The bytes of memory that wait for the peer to read.
  var heldBytes: Int {
    queuedMessageBytes + output.capacity
      + nghttp2_session_get_outbound_queue_size(handle) * MemoryBudget.frameBytes
  }

  /// True when nghttp2 neither expects nor has anything: the connection is over.
  var isExhausted: Bool { nghttp2_session_want_read(handle) == 0 && !hasFrames }

  func receive(_ bytes: UnsafeRawBufferPointer) throws(ConnectionError) {
    isBusy = true
    defer { isBusy = false }
    let count = nghttp2_session_mem_recv(handle, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    guard count >= 0 else { throw ConnectionError(nghttp2Code: Int32(count)) }
    guard nghttp2_session_get_outbound_queue_size(handle) <= HTTP2Session.maxQueuedFrames else {
      throw ConnectionError.flooded
    }
  }

  /// Produces output up to the high-water mark.
  func fill() {
    guard !isBusy, hasFrames else { return }
    quietly {
      repeat {
        produce()
        guard !drained.isEmpty else { return }
        let exchanges = drained
        drained.removeAll(keepingCapacity: drained.capacity <= 128)
        for exchange in exchanges { exchange.drained() }
      } while output.count < HTTP2Session.outputHighWater && hasFrames
    }
  }

  func exchange(_ id: Int32) -> Exchange? {
    if latest?.id != id { latest = exchanges[id] }
    return latest
  }

  /// Whether nghttp2 has frames that the peer's windows let out.
  private var hasFrames: Bool { nghttp2_session_want_write(handle) != 0 }

  private func produce() {
    isBusy = true
    defer { isBusy = false }
    while output.count < HTTP2Session.outputHighWater {
      var bytes: UnsafePointer<UInt8>?
      let count = nghttp2_session_mem_send(handle, &bytes)
      guard count > 0 else { return }
      output.append(UnsafeRawBufferPointer(start: bytes, count: count))
    }
  }

  // MARK: What exchanges ask for

  /// Queues a response's headers. With `hasData`, messages follow and the exchange's ending closes the stream;
  /// otherwise the headers do.
  func submitResponse(_ id: Int32, hasData: Bool, _ build: (inout HeaderList) -> Void) {
    var provider = HTTP2Session.dataProvider
    withHeaders(build) { fields, count in
      guard hasData else { return nghttp2_submit_response(handle, id, fields, count, nil) }
      return nghttp2_submit_response(handle, id, fields, count, &provider)
    }
    announceOutput()
  }

  /// Queues a request and gives its stream to the exchange. False when the ids are used up.
  func submitRequest(_ exchange: Exchange, _ build: (inout HeaderList) -> Void) -> Bool {
    var provider = HTTP2Session.dataProvider
    let id = withHeaders(build) { nghttp2_submit_request(handle, nil, $0, $1, &provider, nil) }
    guard id > 0 else { return false }
    exchange.id = id
    exchanges[id] = exchange
    announceOutput()
    return true
  }

  func submitTrailers(_ exchange: Exchange) {
    withHeaders({ exchange.addTrailers(to: &$0) }) { nghttp2_submit_trailer(handle, exchange.id, $0, $1) }
  }

  func reset(_ id: Int32, _ code: nghttp2_error_code) {
    nghttp2_submit_rst_stream(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, code.rawValue)
    announceOutput()
  }

  func resume(_ id: Int32) {
    nghttp2_session_resume_data(handle, id)
    announceOutput()
  }

  /// Queues GOAWAY: streams that the peer opens later are ignored.
  func goAway() {
    let last = nghttp2_session_get_last_proc_stream_id(handle)
    nghttp2_submit_goaway(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, NGHTTP2_NO_ERROR.rawValue, nil, 0)
    announceOutput()
  }

  /// Queues GOAWAY with an error: nothing more is received, and nothing but it is sent.
  func terminate(_ code: nghttp2_error_code) {
    nghttp2_session_terminate_session(handle, code.rawValue)
    announceOutput()
  }

  private func announceOutput() {
    if !isBusy, !isQuiet { owner?.outputQueued() }
  }

  /// Runs something after which the owner looks for output anyway, and need not be told of it.
  func quietly<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let wasQuiet = isQuiet
    isQuiet = true
    defer { isQuiet = wasQuiet }
    return try body()
  }

  @discardableResult
  private func withHeaders(
    _ build: (inout HeaderList) -> Void, _ submit: (UnsafePointer<nghttp2_nv>, Int) -> Int32
  ) -> Int32 {
    headerList.removeAll()
    build(&headerList)
    return headerList.withFields(submit)
  }
}

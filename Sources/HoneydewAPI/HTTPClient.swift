internal import CCurl
import Glibc
internal import HoneydewCore

/// HTTP on libcurl's multi interface: one exchange at a time, over a connection that is kept between exchanges.
///
/// Nothing here blocks but `wait`. The process must ignore SIGPIPE: libcurl leaves signals alone.
public final class HTTPClient {
  private var multi: UnsafeMutableRawPointer
  let easy: UnsafeMutableRawPointer
  let userAgent: String
  let errorText = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var exchange: Exchange?
  /// The only one that libcurl holds between exchanges.
  private var kept: KeptConnection?
  /// When the latest whole answer came.
  public private(set) var answeredAt: AnswerMoment?

  private struct Exchange {
    /// nil for a connection alone.
    let call: APICall?
    let spool: SpoolFile?
    let body: ResponseBody
    let headers: UnsafeMutablePointer<curl_slist>?
    /// It got the kept connection, on which something had come that nobody had asked for. Nothing was sent.
    var isRefusedConnection = false
    /// More came with the answer than belongs to it.
    var hasExcess = false
  }

  /// - Parameter userAgent: the `User-Agent` field, such as `Honeydew/1.0.0`.
  public init(userAgent: String) {
    // Out of memory is the only way for these to fail.
    guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let easy = curl_easy_init() else {
      preconditionFailure("libcurl cannot start")
    }
    self.easy = easy
    multi = Self.makeMulti()
    self.userAgent = userAgent
  }

  deinit {
    abort()
    curl_easy_cleanup(easy)
    curl_multi_cleanup(multi)
    errorText.deallocate()
  }

  public var isBusy: Bool { exchange != nil }

  /// Begins an exchange. There must be none under way.
  ///
  /// - Parameter spool: takes a large answer and then the result; without it the answer is kept in memory.
  public func begin(_ call: APICall, spool: SpoolFile?) {
    // On a kept connection that turns out to be dead, libcurl sends the request a second time.
    if !call.isRepeatable, kept != nil { closeConnections() }
    let body = ResponseBody(maximum: call.endpoint.maximumResponseBytes, spool: spool)
    let exchange = Exchange(call: call, spool: spool, body: body, headers: Self.headers(call))
    configure(call.endpoint)
    configure(call, headers: exchange.headers, body: body)
    begin(exchange)
  }

  /// Begins to connect, TLS included, and nothing more: the outcome is empty data. There must be no exchange under way.
  public func beginConnecting(to endpoint: Endpoint) {
    configure(endpoint)
    configureConnectionOnly()
    begin(Exchange(call: nil, spool: nil, body: ResponseBody(maximum: 0, spool: nil), headers: nil))
  }

  private func begin(_ exchange: Exchange) {
    precondition(self.exchange == nil, "an exchange is under way")
    self.exchange = exchange
    errorText.update(repeating: 0)
    let added = curl_multi_add_handle(multi, easy)
    precondition(added == CURLM_OK, "libcurl refuses a handle: \(String(cString: curl_multi_strerror(added)))")
  }

  /// Does what can be done without waiting; the outcome when the exchange has ended.
  public func step() -> APIOutcome? {
    var running: Int32 = 0
    let performed = curl_multi_perform(multi, &running)
    precondition(performed == CURLM_OK, "libcurl: \(String(cString: curl_multi_strerror(performed)))")
    var queued: Int32 = 0
    while let message = curl_multi_info_read(multi, &queued) {
      guard message.pointee.msg == CURLMSG_DONE else { continue }
      let result = honeydew_curl_message_result(message)
      if needsNewConnection, let call = exchange?.call, let spool = exchange.map(\.spool) {
        endExchange()
        closeConnections()
        begin(call, spool: spool)
        return step()
      }
      return finish(result)
    }
    return nil
  }

  /// Whether a kept connection has ended with words for which nobody had asked: the request goes again, by a new one. It is a
  /// repeatable one: no other is sent by a kept connection.
  private var needsNewConnection: Bool {
    guard let exchange, usesKeptConnection else { return false }
    // The 408 to an idle connection (RFC 9110 section 15.5.9) has crossed the request.
    return exchange.isRefusedConnection || status == 408 && kept?.isMultiplexed == false
  }

  /// libcurl asks when a connection stands and the request is about to be sent by it.
  func admitsRequest() -> Bool {
    guard usesKeptConnection else { return true }
    let isAdmitted = kept?.admitsRequest(of: easy) ?? false
    exchange?.isRefusedConnection = !isAdmitted
    return isAdmitted
  }

  /// libcurl has dropped bytes that came behind the end of an answer.
  func noteExcess() {
    exchange?.hasExcess = true
  }

  /// Whether no connection was made for this exchange.
  private var usesKeptConnection: Bool {
    var made = 0
    honeydew_curl_get_long(easy, CURLINFO_NUM_CONNECTS, &made)
    return made == 0
  }

  /// Waits until the exchange can go on, `descriptor` can be read, or the time is over.
  public func wait(for descriptor: Int32, atMost timeout: Duration) {
    var extra = curl_waitfd(fd: descriptor, events: Int16(CURL_WAIT_POLLIN), revents: 0)
    // A millisecond more, since a wait that ends too early would only be repeated.
    let milliseconds = Int32(clamping: max(.zero, timeout).wholeMilliseconds.addingReportingOverflow(1).partialValue)
    curl_multi_poll(multi, &extra, 1, milliseconds, nil)
  }

  /// Ends the exchange, if there is one.
  ///
  /// - Returns: whether something of its request may have reached the API.
  @discardableResult
  public func abort() -> Bool {
    guard exchange != nil else { return false }
    let wasConnected = wasConnected
    endExchange()
    closeConnections()
    return wasConnected
  }

  /// Tells the API that the rest of an answer is not wanted. libcurl would say so at the connection's next use only.
  private func closeConnections() {
    curl_multi_cleanup(multi)
    multi = Self.makeMulti()
    kept = nil
  }

  private static func makeMulti() -> UnsafeMutableRawPointer {
    guard let multi = curl_multi_init() else { preconditionFailure("libcurl cannot start") }
    honeydew_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 1)
    return multi
  }

  private func finish(_ result: CURLcode) -> APIOutcome? {
    guard let exchange else { return nil }
    let isWhole = exchange.body.failure == nil && result == CURLE_OK
    let connection = KeptConnection(of: easy)
    defer {
      endExchange()
      if let connection, isWhole, exchange.call != nil, !exchange.hasExcess {
        kept = connection
      } else {
        closeConnections()
      }
    }
    guard isWhole else {
      return knownOutcome ?? APIOutcome.failure(failure(of: exchange, result)).redacted(exchange.call?.secrets ?? [])
    }
    return exchange.call.map { read($0, exchange.body).redacted($0.secrets) } ?? .data([])
  }

  private func failure(of exchange: Exchange, _ result: CURLcode) -> APIFailure {
    if let failure = exchange.body.failure { return failure }
    let detail = errorText[0] == 0 ? curl_easy_strerror(result) : UnsafePointer(errorText.baseAddress)
    return TransferFailure(
      code: result, detail: detail.map { String(cString: $0) } ?? "", wasConnected: wasConnected
    ).failure
  }

  /// The outcome of an exchange that ends before its answer is whole, where the answer's status has come and says enough.
  public var knownOutcome: APIOutcome? {
    guard let call = exchange?.call, wasConnected else { return nil }
    switch answer(to: call).readWithoutBody() {
    case .unauthorized(let text): return .unauthorized(text: text).redacted(call.secrets)
    case .failure(let failure): return .failure(failure).redacted(call.secrets)
    case .data, nil: return nil
    }
  }

  /// The answer without its body.
  private func answer(to call: APICall) -> Answer {
    let isExhausted = header("x-ratelimit-remaining") == "0"
    // A date is one by the clock of who sent it.
    let now = moment.sent ?? moment.received
    return Answer(
      status: status, retryAfter: header("Retry-After").flatMap { RetryAfter.delay($0, now: now) },
      isExhausted: isExhausted,
      resetAfter: isExhausted ? header("x-ratelimit-reset").flatMap { RetryAfter.reset($0, now: now) } : nil,
      location: header("Location"), expectsTokens: call.operation.expectsTokens,
      isRefresh: call.operation.isRefresh, secrets: call.secrets)
  }

  private func read(_ call: APICall, _ body: ResponseBody) -> APIOutcome {
    let answer = answer(to: call)
    answeredAt = moment
    do throws(SpoolError) {
      let file = body.file
      let (outcome, large) = try body.withBytes { bytes -> (APIOutcome, Range<Int>?) in
        switch answer.read(bytes, of: call.operation) {
        case .data(let range) where file != nil && range.count > SpoolFile.threshold:
          (.spooled(size: range.count), range)
        case .data(let range): (.data(Array(bytes, range)), nil)
        case .unauthorized(let text): (.unauthorized(text: text), nil)
        case .failure(let failure): (.failure(failure), nil)
        }
      }
      if let large { try file?.keep(large) }
      return outcome
    } catch {
      return .failure(APIFailure(error))
    }
  }

  private func endExchange() {
    curl_multi_remove_handle(multi, easy)
    // libcurl's copy of the request goes at once: it may hold a password.
    curl_easy_reset(easy)
    curl_slist_free_all(exchange?.headers)
    exchange = nil
  }

  /// libcurl sets this moment when connection and TLS stand and the request is about to be sent.
  private var wasConnected: Bool {
    var microseconds: curl_off_t = 0
    honeydew_curl_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds)
    return microseconds > 0
  }

  /// The HTTP status code, as soon as it has come; else 0.
  private var status: Int {
    var status = 0
    honeydew_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    return status
  }

  private func header(_ name: String) -> String? {
    var header: UnsafeMutablePointer<curl_header>?
    guard curl_easy_header(easy, name, 0, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK, let header else {
      return nil
    }
    return String(cString: header.pointee.value)
  }

  /// Now, and what the API's clock showed.
  private var moment: AnswerMoment {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return AnswerMoment(
      received: Timestamp(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000),
      sent: header("Date").flatMap(HTTPDate.moment))
  }
}

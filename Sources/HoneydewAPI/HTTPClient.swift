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
      if isAnsweredByRest(result), let call = exchange?.call, let spool = exchange.map(\.spool) {
        endExchange()
        closeConnections()
        begin(call, spool: spool)
        return step()
      }
      return finish(result)
    }
    return nil
  }

  /// Whether a kept connection has brought no answer to this request but what the API had to say before it: the request
  /// goes again, by a new connection. It is a repeatable one: no other is sent by a kept connection.
  private func isAnsweredByRest(_ result: CURLcode) -> Bool {
    guard let exchange, usesKeptConnection else { return false }
    if exchange.isRefusedConnection { return true }
    guard kept?.isMultiplexed == false else { return false }
    // The farewell to an idle connection (RFC 9110 section 15.5.9), or no answer of HTTP's at all.
    return status == 408 || result == CURLE_UNSUPPORTED_PROTOCOL || result == CURLE_WEIRD_SERVER_REPLY
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
      return APIOutcome.failure(failure(of: exchange, result)).redacted(exchange.call?.secrets ?? [])
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

  private func read(_ call: APICall, _ body: ResponseBody) -> APIOutcome {
    let answer = Answer(
      status: status,
      retryAfter: header("Retry-After").flatMap { RetryAfter.delay($0, now: Self.now()) },
      location: header("Location"), secrets: call.secrets)
    do throws(SpoolError) {
      let file = body.file
      let (outcome, large) = try body.withBytes { bytes -> (APIOutcome, Range<Int>?) in
        switch answer.read(bytes, field: call.operation.field) {
        case .data(let range) where file != nil && range.count > SpoolFile.threshold:
          (.spooled(size: range.count), range)
        case .data(let range): (.data(Array(bytes.extracting(range), 0..<range.count)), nil)
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

  private static func now() -> Timestamp {
    Timestamp(milliseconds: Int64(time(nil)) * 1000)
  }
}

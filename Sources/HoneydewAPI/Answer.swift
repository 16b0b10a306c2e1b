internal import HoneydewCore
internal import HoneydewJSON

/// What the API answered: the rules that turn an HTTP answer into a job's outcome.
struct Answer {
  /// The HTTP status code.
  var status: Int
  /// The wait that the API asked for.
  var retryAfter: Duration?
  /// There are no calls left for a while (`x-ratelimit-remaining: 0`).
  var isExhausted = false
  /// How long that while is, where the API tells.
  var resetAfter: Duration?
  /// The `Location` field.
  var location: String?
  /// It answers a login or a refresh.
  var expectsTokens = false
  /// It answers a refresh.
  var isRefresh = false
  /// Texts that are cut out of all others before those are shortened.
  var secrets: [String] = []

  enum Reading: Equatable {
    /// Where the value of `data` stands in the body.
    case data(Range<Int>)
    case unauthorized(text: String)
    case failure(APIFailure)
  }

  /// Reads the body of an answer to an operation.
  func read(_ bytes: Span<UInt8>, of operation: Operation) -> Reading {
    let body: GraphQLBody
    do throws(JSONError) {
      body = try GraphQLBody(bytes, fields: operation.fields, without: secrets)
    } catch {
      guard !isSuccess else {
        return .failure(APIFailure(.apiUnavailable, "the API's answer is no JSON object: \(error)"))
      }
      return readRefusal(nil, bytes)
    }
    // The tokens before them may be dead by now: a pair that has come counts, whatever stands beside it.
    if expectsTokens, let data = body.data, body.holdsText("accessToken", in: bytes) { return .data(data) }
    // The fields of a mutation are carried out one after the other: an error at one, which may have taken all data away with
    // it, does not undo those before it.
    if operation.isMutation, operation.fields.count > 1, let errors = body.errors, errors.hasPath {
      let text = "\(errors.text); some of the mutation's fields may have been carried out"
      return .failure(keepingData(of: body, bytes, in: APIFailure(.apiError, text)))
    }
    return isSuccess ? readSuccess(body, bytes, isMutation: operation.isMutation) : readRefusal(body, bytes)
  }

  /// What the status alone says: the body is broken, or did not come as a whole. nil where that says too little.
  func readWithoutBody() -> Reading? {
    status >= 300 ? readRefusal(nil, [UInt8]().span) : nil
  }

  private var isSuccess: Bool { (200..<300).contains(status) }

  private func readSuccess(_ body: GraphQLBody, _ bytes: Span<UInt8>, isMutation: Bool) -> Reading {
    if let errors = body.errors {
      // Data for a root field prove that the call was carried out: the login that is missing is another one.
      guard !errors.isUnauthenticated || !body.results.isEmpty else { return .unauthorized(text: errors.text) }
      return .failure(keepingData(of: body, bytes, in: APIFailure(.apiError, errors.text)))
    }
    guard let data = body.data else {
      return .failure(APIFailure(.apiUnavailable, "the API's answer has neither data nor errors"))
    }
    guard bytes[data.lowerBound] == UInt8(ascii: "{") else {
      return .failure(APIFailure(.apiUnavailable, "the data of the API's answer is no object"))
    }
    if isMutation, let text = body.refusal(in: bytes) {
      // That is no refusal of a refresh token.
      let code = isRefresh ? ErrorCode.apiUnavailable : .apiError
      let failure = APIFailure(code, "the API could not do it: " + Redaction(secrets).cut(text))
      return .failure(keepingData(of: body, bytes, in: failure))
    }
    return .data(data)
  }

  /// Reads an answer whose status is no success.
  private func readRefusal(_ body: GraphQLBody?, _ bytes: Span<UInt8>) -> Reading {
    let text = "the API answered \(status)"
    let detail = body?.errors.map { ": \($0.text)" } ?? ""
    if let body, !body.results.isEmpty, !expectsTokens {
      let code = status >= 500 ? ErrorCode.apiUnavailable : .apiError
      return .failure(keepingData(of: body, bytes, in: APIFailure(code, text + detail)))
    }
    switch status {
    case 429:
      return .failure(APIFailure(.rateLimited, "\(text): too many requests", retryAfter: retryAfter ?? resetAfter))
    case 503 where retryAfter != nil:
      return .failure(APIFailure(.rateLimited, "\(text): come back later", retryAfter: retryAfter))
    case 403 where retryAfter != nil || isExhausted:
      let text = "\(text): too many requests" + detail
      return .failure(APIFailure(.rateLimited, text, retryAfter: retryAfter ?? resetAfter))
    case 401: return .unauthorized(text: text + detail)
    default: break
    }
    if let errors = body?.errors, errors.isUnauthenticated { return .unauthorized(text: errors.text) }
    var failure: APIFailure
    switch status {
    case 500...: failure = APIFailure(.apiUnavailable, text + detail)
    case 300..<400:
      let target = location.map { " to \(Redaction(secrets).cut($0).shortened(toBytes: 200))" } ?? ""
      failure = APIFailure(
        .apiError, "the API redirects (\(status))\(target): the environment's URL must be the final one")
    default: failure = APIFailure(.apiError, text + detail)
    }
    if isRefresh, !(status == 400 && speaksOfToken(body, bytes)) {
      // It says nothing about the refresh token.
      failure.code = .apiUnavailable
      failure.retryAfter = retryAfter
    }
    return .failure(failure)
  }

  /// Whether a body refuses what the request was about, in GraphQL's words or in those of OAuth (RFC 6749 section 5.2,
  /// RFC 6750 section 3.1).
  private func speaksOfToken(_ body: GraphQLBody?, _ bytes: Span<UInt8>) -> Bool {
    if body?.errors != nil { return true }
    guard let found = try? JSONScanner.ranges(of: ["error"], in: bytes), let range = found[0] else { return false }
    return ["invalid_grant", "invalid_token"].contains(JSONValue(lenient: bytes.extracting(range))?.string)
  }

  /// The failure with the data that came, where they fit into a frame.
  private func keepingData(of body: GraphQLBody, _ bytes: Span<UInt8>, in failure: APIFailure) -> APIFailure {
    guard let data = body.data else { return failure }
    var failure = failure
    if data.count <= SpoolFile.threshold {
      failure.data = Array(bytes, data)
    } else {
      failure.text += "; \(data.count) bytes of partial data are not kept"
    }
    return failure
  }
}

extension [UInt8] {
  /// Copies a range of a span.
  init(_ span: Span<UInt8>, _ range: Range<Int>) {
    self = span.withUnsafeBufferPointer { Array($0[range]) }
  }
}

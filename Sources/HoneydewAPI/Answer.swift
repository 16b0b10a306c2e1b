internal import HoneydewCore
internal import HoneydewJSON

/// What the API answered: the rules that turn an HTTP answer into a job's outcome.
struct Answer {
  /// The HTTP status code.
  var status: Int
  /// The wait that the API asked for.
  var retryAfter: Duration?
  /// The `Location` field.
  var location: String?
  /// Texts that are cut out of all others before those are shortened.
  var secrets: [String] = []

  enum Reading: Equatable {
    /// Where the value of `data` stands in the body.
    case data(Range<Int>)
    case unauthorized(text: String)
    case failure(APIFailure)
  }

  /// Reads the body of an answer to an operation whose one root field is `field`.
  func read(_ body: Span<UInt8>, field: String) -> Reading {
    switch status {
    case 200..<300:
      return readGraphQL(body, field: field)
    case 401:
      return .unauthorized(text: "the API answered \(status)" + detail(body))
    case 429:
      return .failure(APIFailure(.rateLimited, "the API answered 429: too many requests", retryAfter: retryAfter))
    case 503 where retryAfter != nil:
      return .failure(APIFailure(.rateLimited, "the API answered 503: come back later", retryAfter: retryAfter))
    case 500...:
      return .failure(APIFailure(.apiUnavailable, "the API answered \(status)" + detail(body)))
    case 300..<400:
      let target = location.map { " to \(Redaction(secrets).cut($0).shortened(toBytes: 200))" } ?? ""
      return .failure(
        APIFailure(.apiError, "the API redirects (\(status))\(target): the environment's URL must be the final one"))
    default:
      if let errors = errors(body), errors.isUnauthenticated { return .unauthorized(text: errors.text) }
      return .failure(APIFailure(.apiError, "the API answered \(status)" + detail(body)))
    }
  }

  private func readGraphQL(_ body: Span<UInt8>, field: String) -> Reading {
    let ranges: [Range<Int>?]
    do throws(JSONError) {
      ranges = try JSONScanner.ranges(of: ["data", "errors"], in: body)
    } catch {
      return .failure(APIFailure(.apiUnavailable, "the API's answer is no JSON object: \(error)"))
    }
    let data = ranges[0].flatMap { bytes($0, body) == Array("null".utf8) ? nil : $0 }
    if let range = ranges[1], let errors = GraphQLErrors(Array(body, range), without: secrets) {
      guard !errors.isUnauthenticated else { return .unauthorized(text: errors.text) }
      var failure = APIFailure(.apiError, errors.text)
      if let data {
        if data.count <= SpoolFile.threshold {
          failure.data = Array(body, data)
        } else {
          failure.text += "; \(data.count) bytes of partial data are not kept"
        }
      }
      return .failure(failure)
    }
    guard let data else {
      return .failure(APIFailure(.apiUnavailable, "the API's answer has neither data nor errors"))
    }
    guard body[data.lowerBound] == UInt8(ascii: "{") else {
      return .failure(APIFailure(.apiUnavailable, "the data of the API's answer is no object"))
    }
    if let failure = payloadFailure(body, data, field: field) { return .failure(failure) }
    return .data(data)
  }

  /// The failure that a mutation's payload reports with `success: false`.
  private func payloadFailure(_ body: Span<UInt8>, _ data: Range<Int>, field: String) -> APIFailure? {
    guard data.count <= SpoolFile.threshold,
      let payload = (try? JSONValue(parsing: Array(body, data), maximumDepth: JSONScanner.defaultMaximumDepth))?[field],
      payload["success"] == .bool(false)
    else { return nil }
    let text = payload["error"]?.string ?? payload["message"]?.string ?? "no reason is given"
    return APIFailure(.apiError, "the API could not do it: \(text)", data: Array(body, data))
  }

  /// What a body that came with an error status says, where it speaks GraphQL.
  private func detail(_ body: Span<UInt8>) -> String {
    errors(body).map { ": \($0.text)" } ?? ""
  }

  private func errors(_ body: Span<UInt8>) -> GraphQLErrors? {
    guard let ranges = try? JSONScanner.ranges(of: ["errors"], in: body), let range = ranges[0] else { return nil }
    return GraphQLErrors(Array(body, range), without: secrets)
  }

  private func bytes(_ range: Range<Int>, _ body: Span<UInt8>) -> [UInt8]? {
    range.count <= 4 ? Array(body, range) : nil
  }
}

extension [UInt8] {
  /// Copies a range of a span.
  init(_ span: Span<UInt8>, _ range: Range<Int>) {
    self = span.withUnsafeBufferPointer { Array($0[range]) }
  }
}

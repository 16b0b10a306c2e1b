internal import HoneydewCore
internal import HoneydewJSON

/// The `errors` of a GraphQL answer (GraphQL specification, section 7.1.2).
struct GraphQLErrors {
  /// The first errors' messages, each with its path and `extensions.code`, cut to a length for people.
  let text: String
  /// One of them, whichever, says that the request's login is not accepted.
  let isUnauthenticated: Bool
  /// One of them, whichever, happened at a field: the operation was being carried out (section 7.1.2, `path`).
  let hasPath: Bool

  private static let maximumErrors = 10
  private static let maximumMessage = 1000
  /// An error of more bytes is counted, not shown.
  private static let maximumShown = 64 << 10

  /// Reads the JSON text of `errors`; nil when it is null or an empty list.
  ///
  /// - Parameter secrets: what is cut out of each text before it is shortened.
  init?(_ bytes: Span<UInt8>, without secrets: [String]) {
    let redaction = Redaction(secrets)
    var sentences: [String] = []
    var count = 0
    var isUnauthenticated = false
    var hasPath = false
    do throws(JSONError) {
      try JSONScanner.elements(of: bytes) { range in
        count += 1
        let error = bytes.extracting(range)
        if !isUnauthenticated { isUnauthenticated = Self.isUnauthenticated(error) }
        if !hasPath { hasPath = Self.hasPath(error) }
        if count <= Self.maximumErrors { sentences.append(Self.sentence(error, redaction)) }
      }
    } catch {
      guard !bytes.isNull else { return nil }
      text = "the API answered with errors in a form that GraphQL does not have"
      self.isUnauthenticated = false
      self.hasPath = false
      return
    }
    guard count > 0 else { return nil }
    if count > Self.maximumErrors { sentences.append("and \(count - Self.maximumErrors) more errors") }
    text = sentences.joined(separator: "; ")
    self.isUnauthenticated = isUnauthenticated
    self.hasPath = hasPath
  }

  private static func hasPath(_ error: Span<UInt8>) -> Bool {
    var isFound = false
    try? JSONScanner.members(["path"], of: error) { _, range in
      try? JSONScanner.elements(of: error.extracting(range)) { _ in isFound = true }
    }
    return isFound
  }

  private static func isUnauthenticated(_ error: Span<UInt8>) -> Bool {
    var isFound = false
    try? JSONScanner.members(["extensions"], of: error) { _, range in
      let extensions = error.extracting(range)
      try? JSONScanner.members(["code"], of: extensions) { _, range in
        let code = range.count < maximumMessage ? JSONValue(lenient: extensions.extracting(range))?.string : nil
        if code == "UNAUTHENTICATED" { isFound = true }
      }
    }
    return isFound
  }

  /// `message (at a.b.0, CODE)`.
  private static func sentence(_ bytes: Span<UInt8>, _ redaction: Redaction) -> String {
    guard bytes.count <= maximumShown, let error = JSONValue(lenient: bytes) else {
      return "an error of \(bytes.count) bytes"
    }
    let message = error["message"]?.string ?? "an error without a message"
    var details: [String] = []
    if let path = error["path"]?.array, !path.isEmpty {
      details.append("at " + path.compactMap { $0.string ?? $0.int.map(String.init) }.joined(separator: "."))
    }
    if let code = error["extensions"]?["code"]?.string { details.append(code) }
    let short = shortened(message, redaction)
    return details.isEmpty ? short : "\(short) (\(shortened(details.joined(separator: ", "), redaction)))"
  }

  private static func shortened(_ text: String, _ redaction: Redaction) -> String {
    redaction.cut(text).shortened(toBytes: maximumMessage)
  }
}

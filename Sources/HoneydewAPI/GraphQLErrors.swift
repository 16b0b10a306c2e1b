internal import HoneydewCore
internal import HoneydewJSON

/// The `errors` of a GraphQL answer (GraphQL specification, section 7.1.2).
struct GraphQLErrors {
  /// Every error's message with its path and `extensions.code`, cut to a length for people.
  let text: String
  /// One of them says that the request's login is not accepted.
  let isUnauthenticated: Bool

  private static let maximumBytes = 1 << 20
  private static let maximumErrors = 10
  private static let maximumMessage = 1000

  /// Reads the JSON text of `errors`; nil when it is null or an empty list.
  ///
  /// - Parameter secrets: what is cut out of each text before it is shortened.
  init?(_ bytes: [UInt8], without secrets: [String]) {
    guard bytes.count <= Self.maximumBytes else {
      text = "the API answered with \(bytes.count) bytes of errors"
      isUnauthenticated = false
      return
    }
    let value = try? JSONValue(parsing: bytes, maximumDepth: JSONScanner.defaultMaximumDepth)
    guard value != .null, value?.array?.isEmpty != true else { return nil }
    guard let errors = value?.array else {
      text = "the API answered with errors in a form that GraphQL does not have"
      isUnauthenticated = false
      return
    }
    let redaction = Redaction(secrets)
    var sentences = errors.prefix(Self.maximumErrors).map { Self.sentence($0, redaction) }
    if errors.count > Self.maximumErrors {
      sentences.append("and \(errors.count - Self.maximumErrors) more errors")
    }
    text = sentences.joined(separator: "; ")
    isUnauthenticated = errors.contains { $0["extensions"]?["code"]?.string == "UNAUTHENTICATED" }
  }

  /// `message (at a.b.0, CODE)`.
  private static func sentence(_ error: JSONValue, _ redaction: Redaction) -> String {
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

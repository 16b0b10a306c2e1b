public import HoneydewCore
internal import HoneydewJSON

/// JSON Web Tokens (RFC 7519), read without verifying the signature: only the API can do that.
public enum JWT {
  /// Clocks that differ by no more show the same time: a second is rounded, and an answer has its way to go.
  private static let agreement = Duration.seconds(10)

  /// When a token ends by our clock; nil when it does not tell.
  ///
  /// Its lifetime counts from when it came: `exp` is a moment of the API's clock, which `iat`, or the answer's `Date`, sets
  /// against ours.
  public static func expiry(_ token: String, in answer: AnswerMoment) -> Timestamp? {
    guard let claims = claims(of: token), let end = moment("exp", in: claims) else { return nil }
    let isAhead = end > answer.received
    guard let issued = moment("iat", in: claims) ?? answer.sent else { return isAhead ? end : nil }
    let difference = answer.received - issued
    if isAhead, (.zero - agreement...agreement).contains(difference) { return end }
    let lifetime = end - issued
    return lifetime > .zero ? answer.received + lifetime : nil
  }

  private static func claims(of token: String) -> JSONValue? {
    let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 3 ? base64URLDecoded(parts[1]).flatMap { JSONValue(lenient: $0.span) } : nil
  }

  private static func moment(_ claim: String, in claims: JSONValue) -> Timestamp? {
    guard let seconds = claims[claim]?.double, abs(seconds) < 1e14 else { return nil }
    return Timestamp(milliseconds: Int64(seconds * 1000))
  }

  /// RFC 4648 section 5, without padding.
  private static func base64URLDecoded(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 3 / 4)
    var bits: UInt32 = 0
    var count = 0
    for character in text {
      let value: UInt8
      switch character {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
      case UInt8(ascii: "-"): value = 62
      case UInt8(ascii: "_"): value = 63
      default: return nil
      }
      bits = bits << 6 | UInt32(value)
      count += 6
      guard count >= 8 else { continue }
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      bits &= (1 << UInt32(count)) - 1
    }
    return bytes
  }
}

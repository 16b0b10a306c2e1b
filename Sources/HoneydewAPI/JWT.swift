public import HoneydewCore
internal import HoneydewJSON

/// JSON Web Tokens (RFC 7519), read without verifying the signature: only the API can do that.
public enum JWT {
  /// The `exp` claim; nil when the token is no JWT or has none.
  public static func expiry(_ token: String) -> Timestamp? {
    let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let claims = base64URLDecoded(parts[1]),
      let seconds = (try? JSONValue(parsing: claims))?["exp"]?.double, abs(seconds) < 1e14
    else { return nil }
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

internal import CCurl
internal import HoneydewCore

/// The `Retry-After` field (RFC 9110 section 10.2.3).
enum RetryAfter {
  /// The wait that a field's value asks for, from 0 to an hour; nil when it is neither seconds nor an HTTP date.
  static func delay(_ value: String, now: Timestamp) -> Duration? {
    if !value.isEmpty, value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      // More digits than an integer holds are still a wait, and a long one.
      return min(.seconds(Int32(value) ?? .max), Throttle.longestRest)
    }
    let date = curl_getdate(value, nil)
    guard date != -1 else { return nil }
    return max(.zero, min(Timestamp(milliseconds: Int64(date) * 1000) - now, Throttle.longestRest))
  }
}

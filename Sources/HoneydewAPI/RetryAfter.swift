internal import CCurl
internal import HoneydewCore

/// The `Retry-After` field (RFC 9110 section 10.2.3).
enum RetryAfter {
  /// The wait that a field's value asks for, from 0 to an hour; nil when it is neither seconds nor an HTTP date.
  ///
  /// - Parameter now: by the clock of who sent it.
  static func delay(_ value: String, now: Timestamp) -> Duration? {
    if let seconds = seconds(value) { return min(.seconds(seconds), Throttle.longestRest) }
    return HTTPDate.moment(value).map { wait(until: $0, now) }
  }

  /// The wait until the moment in a field such as `x-ratelimit-reset`, in seconds since 1970.
  static func reset(_ value: String, now: Timestamp) -> Duration? {
    seconds(value).map { wait(until: Timestamp(milliseconds: Int64($0) * 1000), now) }
  }

  private static func wait(until moment: Timestamp, _ now: Timestamp) -> Duration {
    max(.zero, min(moment - now, Throttle.longestRest))
  }

  /// More digits than an integer holds are still a number, and a large one.
  private static func seconds(_ value: String) -> Int32? {
    guard !value.isEmpty, value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return Int32(value) ?? .max
  }
}

/// The dates of HTTP's fields (RFC 9110 section 5.6.7).
enum HTTPDate {
  static func moment(_ value: String) -> Timestamp? {
    let seconds = curl_getdate(value, nil)
    return seconds == -1 ? nil : Timestamp(milliseconds: Int64(seconds) * 1000)
  }
}

/// The value of `grpc-timeout`: up to eight digits and a unit (gRPC "HTTP/2 transport mapping", Timeout).
enum Timeout {
  /// Nil if the text is no timeout.
  static func decode(_ text: some BidirectionalCollection<UInt8>) -> Duration? {
    guard let unit = text.last, (2...9).contains(text.count) else { return nil }
    var value: Int64 = 0
    for byte in text.dropLast() {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int64(byte - UInt8(ascii: "0"))
    }
    switch unit {
    case UInt8(ascii: "H"): return .seconds(value * 3600)
    case UInt8(ascii: "M"): return .seconds(value * 60)
    case UInt8(ascii: "S"): return .seconds(value)
    case UInt8(ascii: "m"): return .milliseconds(value)
    case UInt8(ascii: "u"): return .microseconds(value)
    case UInt8(ascii: "n"): return .nanoseconds(value)
    default: return nil
    }
  }

  /// The finest unit from microseconds up in which the timeout fits, rounded up so that the server never gives up before the client.
  static func encode(_ timeout: Duration) -> String {
    let (seconds, attoseconds) = max(timeout, .microseconds(1)).components
    let units: [(suffix: String, perSecond: Int64)] = [("u", 1_000_000), ("m", 1000), ("S", 1)]
    for (suffix, perSecond) in units where seconds < 99_999_999 / perSecond {
      let attosecondsPerUnit = 1_000_000_000_000_000_000 / perSecond
      let value = seconds * perSecond + (attoseconds + attosecondsPerUnit - 1) / attosecondsPerUnit
      return "\(value)\(suffix)"
    }
    return seconds / 60 < 99_999_999 ? "\(seconds / 60 + 1)M" : "\(min(seconds / 3600 + 1, 99_999_999))H"
  }
}

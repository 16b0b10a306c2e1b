/// The host in a URL's authority: what libcurl can look up, so that a wrong one is refused where it is typed and not when the
/// first job fails.
enum URLHost {
  /// In bytes (RFC 1035 section 2.3.4).
  private static let longestName = 253
  private static let longestLabel = 63

  /// Whether it is a name of the DNS or an IPv4 address: letters, digits, hyphens and underscores between dots.
  static func isName(_ host: Substring) -> Bool {
    let name = host.hasSuffix(".") ? host.dropLast() : host
    return name.utf8.count <= longestName
      && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel)
  }

  private static func isLabel(_ label: Substring) -> Bool {
    (1...longestLabel).contains(label.utf8.count)
      && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
  }

  /// Whether it is an IPv6 address (RFC 4291 section 2.2), with a zone behind `%25` or not (RFC 6874).
  static func isIPv6(_ host: Substring) -> Bool {
    let parts = host.split(separator: "%25", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, !isLabel(parts[1]) { return false }
    let halves = parts[0].split(separator: "::", omittingEmptySubsequences: false)
    switch halves.count {
    case 1: return groups(in: halves[0], mayEndInIPv4: true) == 8
    case 2:
      guard let first = groups(in: halves[0], mayEndInIPv4: false), let last = groups(in: halves[1], mayEndInIPv4: true)
      else { return false }
      return first + last < 8
    default: return false
    }
  }

  /// How many groups of 16 bits stand in a part of an address; nil where something else does.
  private static func groups(in text: Substring, mayEndInIPv4: Bool) -> Int? {
    guard !text.isEmpty else { return 0 }
    var groups = text.split(separator: ":", omittingEmptySubsequences: false)
    var count = groups.count
    if mayEndInIPv4, let last = groups.last, isIPv4(last) {
      groups.removeLast()
      count += 1
    }
    return groups.allSatisfy { (1...4).contains($0.utf8.count) && $0.allSatisfy(\.isHexDigit) } ? count : nil
  }

  /// Whether it is an IPv4 address in its usual form.
  static func isIPv4(_ host: Substring) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy(isOctet)
  }

  /// 0 to 255 in digits. `UInt8` would take a sign, and inet_aton(3) takes zeros in front for an octal number.
  private static func isOctet(_ text: Substring) -> Bool {
    isDigits(text) && UInt8(text) != nil && (text == "0" || text.first != "0")
  }

  static func isDigits(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}

/// What an environment's fields may be.
public enum EnvironmentRules {
  /// In bytes: with the longest payload it fits into a frame to a worker. All authorities of a Linux system take 220 KiB.
  public static let longestCAFile: Int64 = 384 << 10

  /// Refuses the first field that is wrong.
  ///
  /// - Parameter allowsHTTP: whether plain http may go to any address, not only to a loopback one.
  public static func check(
    name: String, baseURL: String, caFile: String, allowsHTTP: Bool = false
  ) throws(Refusal) {
    guard isPlainName(name) else {
      throw .invalid("name", "a name has 1 to 64 letters, digits, dots, hyphens and underscores, such as `staging`")
    }
    if let text = urlProblem(baseURL, allowsHTTP: allowsHTTP) { throw .invalid("base_url", text) }
    guard caFile.isEmpty || caFile.hasPrefix("/") else {
      throw .invalid("ca_file", "the CA file must be an absolute path")
    }
  }

  private static func urlProblem(_ url: String, allowsHTTP: Bool) -> String? {
    let example = "such as https://api.example.com/graphql"
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), url.utf8.count <= 2048 else {
      return "the URL must be printable ASCII without spaces, \(example)"
    }
    // A scheme is the same in capitals (RFC 3986 section 3.1).
    let isPlain = url.prefix(7).lowercased() == "http://"
    guard isPlain || url.prefix(8).lowercased() == "https://" else {
      return "the URL must begin with https://, \(example)"
    }
    let authority = url.dropFirst(isPlain ? 7 : 8).prefix { !"/?#".contains($0) }
    guard !authority.contains("@") else { return "the URL must not carry a user or password; use: honeydew login" }
    guard let host = host(of: authority) else { return "the URL names no valid host, \(example)" }
    guard !isPlain || allowsHTTP || isLoopback(host) else {
      return "http is allowed for a loopback address only, since password and tokens would travel in the open; use "
        + "https, or add the environment with --allow-http (allow_http)"
    }
    return nil
  }

  /// The host of `host[:port]`, brackets of an IPv6 address taken off.
  private static func host(of authority: Substring) -> Substring? {
    let host: Substring
    let port: Substring
    let isValid: Bool
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      host = authority[authority.index(after: authority.startIndex)..<end]
      port = authority[authority.index(after: end)...]
      isValid = URLHost.isIPv6(host)
    } else {
      host = authority.prefix { $0 != ":" }
      port = authority[host.endIndex...]
      isValid = URLHost.isName(host)
    }
    guard isValid else { return nil }
    if port.isEmpty { return host }
    guard port.first == ":", URLHost.isDigits(port.dropFirst()), let number = UInt16(port.dropFirst()), number > 0
    else {
      return nil
    }
    return host
  }

  private static func isLoopback(_ host: Substring) -> Bool {
    host.lowercased() == "localhost" || host == "::1" || host.hasPrefix("127.") && URLHost.isIPv4(host)
  }
}

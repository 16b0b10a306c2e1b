internal import HoneydewCore

/// How a kind of value is written in the file.
struct SettingFormat<Value>: Sendable {
  /// Completes the sentence "must be …".
  let expectation: String
  /// nil when the text is no such value.
  let parse: @Sendable (YAMLScalar, Home) -> Value?
  /// The text that `parse` reads as this value.
  let text: @Sendable (Value) -> String
}

extension SettingFormat where Value == Int {
  static func integer(_ range: ClosedRange<Int>) -> Self {
    SettingFormat(expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)") { scalar, _ in
      // Only as we would write it: to some YAML readers 010 is 8.
      guard scalar.isPlain, let number = Int(scalar.text), String(number) == scalar.text else { return nil }
      return range.contains(number) ? number : nil
    } text: {
      String($0)
    }
  }
}

extension SettingFormat where Value == Int {
  static var concurrency: Self {
    let numbers = integer(1...256)
    return SettingFormat(
      expectation: "\(numbers.expectation), or a key for each provider, such as github: 2", parse: numbers.parse,
      text: numbers.text)
  }
}

extension SettingFormat where Value == [String: Int] {
  /// The number of workers of a pool, from `{workers: 2}`; nil where the name or the rest is wrong.
  static func workers(of name: String, _ content: YAMLNode.Content, _ home: Home) -> Int? {
    guard PoolRules.isName(name), name != PoolRules.api, case .mapping(let entries) = content, entries.count == 1,
      case .scalar(let key) = entries[0].key.content, key.text == "workers",
      case .scalar(let number) = entries[0].value.content
    else { return nil }
    return SettingFormat<Int>.integer(PoolRules.size).parse(number, home)
  }

  static var pools: Self {
    SettingFormat(
      expectation: "a mapping of pools, each with its number of workers, such as builds: {workers: 2}; the size of the "
        + "pool api is queue.workers"
    ) { scalar, home in
      // Without a file the mapping is written on one line.
      guard let node = try? YAMLReader.read(Array(scalar.text.utf8)), case .mapping(let entries) = node.content else {
        return nil
      }
      var pools = Settings.standardPools
      for (key, value) in entries {
        guard case .scalar(let name) = key.content, let workers = workers(of: name.text, value.content, home) else {
          return nil
        }
        pools[name.text] = workers
      }
      return pools
    } text: { pools in
      "{" + pools.sorted { $0.key < $1.key }.map { "\($0): {workers: \($1)}" }.joined(separator: ", ") + "}"
    }
  }
}

extension SettingFormat where Value == Bool {
  static var boolean: Self {
    SettingFormat(expectation: "true or false") { scalar, _ in
      scalar.isPlain ? Bool(scalar.text) : nil
    } text: {
      String($0)
    }
  }
}

extension SettingFormat where Value == Duration {
  static func duration(_ range: ClosedRange<Duration>) -> Self {
    let (low, high) = (DurationText.format(range.lowerBound), DurationText.format(range.upperBound))
    let expectation = "a duration from \(low) to \(high), written like 250ms, 30s or 1h30m"
    return SettingFormat(expectation: expectation) { scalar, _ in
      DurationText.parse(scalar.text).flatMap { range.contains($0) ? $0 : nil }
    } text: {
      DurationText.format($0)
    }
  }
}

extension SettingFormat where Value: RawRepresentable<String> & CaseIterable & Sendable {
  /// One of an enumeration's words.
  static var word: Self {
    let words = Value.allCases.map(\.rawValue)
    let list = words.count == 1 ? words[0] : words.dropLast().joined(separator: ", ") + " or " + words.last!
    return SettingFormat(expectation: list) { scalar, _ in
      Value(rawValue: scalar.text)
    } text: {
      $0.rawValue
    }
  }
}

extension SettingFormat where Value == String {
  static var path: Self { path(limit: 4095, note: "") }

  /// A path that fits into `sockaddr_un` (`unix(7)`).
  static var socketPath: Self { path(limit: 107, note: " of at most 107 bytes") }

  private static func path(limit: Int, note: String) -> Self {
    SettingFormat(expectation: "an absolute path\(note), or one that begins with ~/") { scalar, home in
      guard let path = home.expand(scalar.text), !path.utf8.contains(0), path.utf8.count <= limit else { return nil }
      return path.hasSuffix("/") ? nil : path
    } text: {
      $0
    }
  }

  static var endpoint: Self {
    SettingFormat(expectation: "an https:// address without a password, or an http:// one of this machine") {
      scalar, _ in
      (try? EnvironmentRules.check(name: "default", baseURL: scalar.text, caFile: "")).map { scalar.text }
    } text: {
      $0
    }
  }
}

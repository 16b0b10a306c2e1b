internal import HoneydewCore

/// Fills settings from a YAML document and collects everything that is wrong with it.
struct SettingsReader {
  typealias Problem = ConfigError.Problem

  let home: Home
  private(set) var settings: Settings
  private(set) var origins: [String: Configuration.Origin] = [:]
  private(set) var problems: [Problem] = []
  private let keys = Dictionary(uniqueKeysWithValues: SettingKey.all.map { ($0.name, $0) })
  let sections = Set(SettingKey.all.map(\.section))

  init(home: Home) {
    self.home = home
    settings = Settings(home: home)
  }

  mutating func read(_ root: YAMLNode) {
    guard !root.isNull else { return }
    forEachEntry(of: root, in: nil) { reader, section, keyLine, node in
      guard reader.sections.contains(section) else {
        reader.report(keyLine, section, reader.unknown(section))
        return
      }
      // A section whose keys are all commented out is an empty one.
      guard !node.isNull else { return }
      guard reader.keys[section] == nil else { return reader.readValue(of: section, keyLine: keyLine, node) }
      reader.forEachEntry(of: node, in: section) { reader, name, line, node in
        reader.readValue(of: name, keyLine: line, node)
      }
    }
  }

  private mutating func readValue(of name: String, keyLine: Int, _ node: YAMLNode) {
    guard let key = keys[name] else {
      report(keyLine, name, unknown(name))
      return
    }
    switch node.content {
    case .scalar where node.isNull:
      report(keyLine, name, "has no value; remove the line to get the default")
    case .scalar(let scalar):
      guard !fill(key, with: scalar, from: .file(line: node.line)) else { return }
      var ignored = settings
      let unquoted = YAMLScalar(text: scalar.text, isPlain: true)
      let isOnlyQuoted = !scalar.isPlain && key.fill(&ignored, with: unquoted, home: home)
      report(node.line, name, "must be \(key.expectation)\(isOnlyQuoted ? ", without quotes" : "")")
    case .sequence(let items) where key.takesList:
      let texts = items.compactMap { item in if case .scalar(let scalar) = item.content { scalar.text } else { nil } }
      let list = YAMLScalar(text: "[\(texts.joined(separator: ","))]", isPlain: true)
      guard texts.count == items.count, !texts.contains(where: { $0.contains(",") }),
        fill(key, with: list, from: .file(line: node.line))
      else {
        let wrong = texts.firstIndex { text in
          var ignored = settings
          return !key.fill(&ignored, with: YAMLScalar(text: text, isPlain: true), home: home)
        }
        let culprit = wrong.map { "; number \($0 + 1) of the list is wrong" } ?? ""
        return report(node.line, name, "must be \(key.expectation)\(culprit)")
      }
    case .sequence:
      report(node.line, name, "must be \(key.expectation), not a list")
    case .mapping where key.takesEntries:
      origins[name] = .file(line: node.line)
      forEachEntry(of: node, in: name) { reader, entry, line, node in
        let inner = String(entry.dropFirst(name.utf8.count + 1))
        if !key.fill(&reader.settings, entry: inner, with: node.content, home: reader.home) {
          reader.report(line, entry, "must be \(key.expectation)")
        }
      }
    case .mapping:
      report(node.line, name, "must be \(key.expectation), and can hold no keys")
    }
  }

  /// Calls `body` with the full name, the line and the value of every entry that can be looked at.
  private mutating func forEachEntry(
    of node: YAMLNode, in section: String?,
    _ body: (inout SettingsReader, _ name: String, _ line: Int, _ value: YAMLNode) -> Void
  ) {
    guard case .mapping(let entries) = node.content else {
      let example = section.map(firstKey) ?? "queue:"
      report(node.line, section, "must hold keys, such as \(example), each on a line of its own")
      return
    }
    var lines: [String: Int] = [:]
    for (keyNode, value) in entries {
      guard case .scalar(let key) = keyNode.content else {
        report(keyNode.line, section, "a list or a mapping cannot be a key")
        continue
      }
      let name = section.map { "\($0).\(key.text)" } ?? key.text
      if let first = lines.updateValue(keyNode.line, forKey: name) {
        report(keyNode.line, name, "is here a second time; line \(first) has it already")
      } else {
        body(&self, name, keyNode.line, value)
      }
    }
  }

  /// - Returns: whether the scalar was a right value.
  mutating func fill(_ key: SettingKey, with scalar: YAMLScalar, from origin: Configuration.Origin) -> Bool {
    guard key.fill(&settings, with: scalar, home: home) else { return false }
    origins[key.name] = origin
    return true
  }

  mutating func report(source: String, _ key: String?, _ reason: String) {
    problems.append(Problem(source: source, line: nil, key: key.map(Self.printable), reason: reason))
  }

  func nearest(to name: String, among names: [String]) -> String {
    nearestNames(to: name, among: names).joined(separator: " or ")
  }

  private mutating func report(_ line: Int, _ key: String?, _ reason: String) {
    problems.append(Problem(line: line, key: key.map(Self.printable), reason: reason))
  }

  /// What to do about a name that is none.
  func unknown(_ name: String) -> String {
    if let gone = SettingKey.gone[name] { return gone }
    let last = name.split(separator: ".").last.map(String.init) ?? name
    if let key = keys[name] { return "unknown section; write \(last): below \(key.section):" }
    // The right key, but in another section or in none.
    let moved = keys.keys.filter { $0.hasSuffix("." + last) }.sorted()
    let suggestions = moved.isEmpty ? nearestNames(to: name, among: Array(keys.keys) + sections) : moved
    if !suggestions.isEmpty { return "unknown key; did you mean \(suggestions.joined(separator: " or "))?" }
    guard let section = name.split(separator: ".").first.map(String.init), sections.contains(section) else {
      return "unknown section; there are \(sections.sorted().joined(separator: ", "))"
    }
    let known = keys.keys.filter { $0.hasPrefix(section + ".") }.map { String($0.dropFirst(section.count + 1)) }
    return "unknown key; \(section) has \(known.sorted().joined(separator: ", "))"
  }

  private func firstKey(of section: String) -> String {
    let first = SettingKey.all.first { $0.section == section }
    return first.map { $0.name.dropFirst(section.count + 1) + ":" } ?? ""
  }

  /// A name from the file that cannot disturb a terminal.
  private static func printable(_ name: String) -> String {
    let isPlain = name.utf8.count <= 64 && name.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    return isPlain ? name : String(name.prefix(64)).debugDescription
  }
}

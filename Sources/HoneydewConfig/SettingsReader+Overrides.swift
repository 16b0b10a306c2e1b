/// What the environment and the command line say in place of the file.
extension SettingsReader {
  private static let prefix = "HONEYDEW_"

  mutating func read(variables: [String: String]) {
    for name in variables.keys.sorted() where name.hasPrefix(Self.prefix) {
      guard let value = variables[name], !value.isEmpty else { continue }
      if let key = SettingKey.all.first(where: { $0.variable == name }) {
        set(key, value, from: .environment(name), source: name)
      } else if sections.contains(where: { name.hasPrefix(Self.prefix + $0.uppercased() + "_") }) {
        if let gone = SettingKey.gone.first(where: { SettingKey.variable(of: $0.key) == name }) {
          report(source: name, nil, gone.value)
          continue
        }
        let known = SettingKey.all.map(\.variable)
        let nearest = nearest(to: name, among: known)
        report(source: name, nil, "unknown variable" + (nearest.isEmpty ? "" : "; did you mean \(nearest)?"))
      }
    }
  }

  /// - Parameter text: `queue.workers=8`.
  mutating func read(assignment text: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else { return report(source: "--set", parts[0], "has no value; write \(parts[0])=VALUE") }
    guard let key = SettingKey.all.first(where: { $0.name == parts[0] }) else {
      if let gone = SettingKey.gone[parts[0]] { return report(source: "--set", parts[0], gone) }
      let nearest = nearest(to: parts[0], among: SettingKey.all.map(\.name))
      return report(source: "--set", parts[0], "unknown key" + (nearest.isEmpty ? "" : "; did you mean \(nearest)?"))
    }
    set(key, parts[1], from: .commandLine, source: "--set")
  }

  private mutating func set(_ key: SettingKey, _ value: String, from origin: Configuration.Origin, source: String) {
    if fill(key, with: YAMLScalar(text: value, isPlain: true), from: origin) { return }
    report(source: source, key.name, "must be \(key.expectation)")
  }
}

/// The documents about the configuration file, made from the table of its keys.
public enum ConfigurationDocuments {
  /// A file with every key as a comment that holds its default.
  public static func example() throws(ConfigError) -> String {
    var text = """
      # The configuration of honeydewd: ~/.honeydew/config.yaml, or /etc/honeydew/config.yaml for the system's daemon.
      #
      # Each line shows the default; remove the "# " before the ones that you change. `honeydew config check` tells what
      # is wrong, and `honeydew reload` applies it. "Restart" marks what only the next start of the daemon applies.
      # A variable such as HONEYDEW_QUEUE_WORKERS wins over the file, and honeydewd --set queue.workers=8 over both.

      """
    var section = ""
    for key in SettingKey.all {
      if key.section != section {
        section = key.section
        text += "\n\(section):\n"
      }
      let about = "\(key.about.dropLast()): \(key.expectation).\(key.isLive ? "" : " Restart.")"
      for line in folded(about, width: 116) { text += "  # \(line)\n" }
      let name = key.name.dropFirst(section.count + 1)
      let standard = try standard(of: key)
      text += "  # \(name):\(standard.isEmpty ? "" : " ")\(standard)\n"
    }
    return text
  }

  /// The default as a person would write it.
  static func standard(of key: SettingKey) throws(ConfigError) -> String {
    let home = try Home(directory)
    guard let text = key.text(in: Settings(home: home)) else { return "" }
    return text.hasPrefix(directory) ? "~/.honeydew" + text.dropFirst(directory.utf8.count) : text
  }

  /// A home that no default has in another place.
  private static let directory = "/~"

  private static func folded(_ text: String, width: Int) -> [String] {
    text.split(separator: " ").reduce(into: [""]) { lines, word in
      let last = lines.count - 1
      if lines[last].isEmpty {
        lines[last] = String(word)
      } else if lines[last].count + word.count < width {
        lines[last] += " " + word
      } else {
        lines.append(String(word))
      }
    }
  }
}

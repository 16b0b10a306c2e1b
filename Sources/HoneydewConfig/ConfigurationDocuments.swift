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
      if key.name == key.section {
        text += "\n"
        let about = "\(key.about.dropLast()): \(key.expectation). Restart."
        for line in folded(about, width: 116) { text += "# \(line)\n" }
        text += "# \(key.name): \(try standard(of: key))\n"
        continue
      }
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

  /// `honeydew.yaml(5)`.
  public static func manual() throws(ConfigError) -> ManualPage {
    var page = ManualPage(
      "honeydew.yaml", section: 5, title: "File Formats", about: "the configuration of honeydewd")
    page.heading("DESCRIPTION")
    page.paragraph(
      "The file is ~/.honeydew/config.yaml, and /etc/honeydew/config.yaml for the system's daemon; it may be missing, "
        + "and so may every key of it. It holds sections with keys, in YAML:")
    page.example(["queue:", "  workers: 8", "api:", "  timeout: 1m"])
    page.paragraph(
      "A variable in the environment of the daemon, such as HONEYDEW_QUEUE_WORKERS, wins over the file, and "
        + "honeydewd --set queue.workers=8 wins over both. Unknown keys, wrong types and bad values are refused with "
        + "their line: see honeydew config check. A reload (honeydew reload, or SIGHUP) applies a changed file, or "
        + "refuses it whole.")
    page.heading("KEYS")
    for key in SettingKey.all {
      let standard = try standard(of: key)
      let change = key.isLive ? "" : " It is applied by the next start of the daemon only."
      page.item(
        key.name,
        "\(key.about) It must be \(key.expectation). Default: \(standard.isEmpty ? "none" : standard).\(change)")
    }
    page.heading("SEE ALSO")
    page.paragraph("honeydewd(8), honeydew(1)")
    return page
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

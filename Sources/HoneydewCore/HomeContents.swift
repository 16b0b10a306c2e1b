/// What a daemon keeps in its home.
public enum HomeContents {
  /// How the error of a daemon begins that finds its home taken: a start may be tried again.
  public static let takenText = "another daemon"

  /// Whether a name in a home is of something that a daemon, its maintenance or its configuration has put there.
  public static func isKnown(_ name: String) -> Bool {
    // Longer names are those of what is being written, rotated or kept.
    ["config.yaml", "output"].contains(name)
      || ["daemon.", "daemon-", "master.key", "results"].contains { name.hasPrefix($0) }
  }
}

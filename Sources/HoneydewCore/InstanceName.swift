/// The name of an instance: a daemon beside the others of its user, with a home of its own in theirs.
public enum InstanceName {
  /// What one is, behind `must be`.
  public static let rule = "1 to 64 letters (a to z, A to Z), digits, - and _, and must not begin with -"

  /// Whether a text names an instance. It is a part of paths, and stands in command lines.
  public static func isLegal(_ name: String) -> Bool {
    isPlainName(name) && !name.hasPrefix("-") && !name.contains(".")
  }

  /// The directory of a home that holds the homes of its instances.
  public static func directory(in home: String) -> String { home + "/instances" }

  /// The home of an instance of a home.
  public static func home(_ name: String, in home: String) -> String { "\(directory(in: home))/\(name)" }
}

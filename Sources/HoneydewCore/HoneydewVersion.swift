/// The version of the three binaries, which are built and installed together.
public enum HoneydewVersion {
  /// Semantic (https://semver.org).
  public static let current = "0.1.0"
}

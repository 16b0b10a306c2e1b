extension Refusal {
  public static let keyRotationRunning = Refusal(
    .keyRotationRunning, "the key is being changed already; wait for that")

  public static func keyRotationFailed(_ text: String) -> Refusal {
    Refusal(.keyRotationFailed, "the key was not changed: \(text)")
  }

  /// - Parameters:
  ///   - credential: the path that the service manager provides.
  ///   - file: where the daemon keeps a key of its own.
  public static func keyIsCredential(_ credential: String, _ file: String) -> Refusal {
    Refusal(
      .keyIsCredential,
      "the master key is a systemd credential (\(credential)), which only the operator can replace. Copy it to "
        + "\(file) with mode 0600, take LoadCredential= out of the unit, restart, rotate, and make the new \(file) the "
        + "credential")
  }
}

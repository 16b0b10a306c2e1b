extension Configuration {
  /// What a new configuration means for a daemon that runs with this one.
  public struct Reload: Equatable, Sendable {
    /// What the daemon runs with from now on.
    public let configuration: Configuration
    /// The keys whose values are other ones now.
    public let applied: [String]
    /// The keys whose new values wait for the next start.
    public let needingRestart: [String]
  }

  public func reload(_ new: Configuration) -> Reload {
    var configuration = new
    var applied: [String] = []
    var needingRestart: [String] = []
    for key in SettingKey.all where key.text(in: settings) != key.text(in: new.settings) {
      if key.isLive {
        applied.append(key.name)
      } else {
        needingRestart.append(key.name)
        key.copy(from: settings, to: &configuration.settings)
        configuration.origins[key.name] = origins[key.name]
      }
    }
    return Reload(configuration: configuration, applied: applied, needingRestart: needingRestart)
  }
}

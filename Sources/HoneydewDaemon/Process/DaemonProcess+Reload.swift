internal import HoneydewConfig
internal import HoneydewSystem

/// What a reload has changed.
struct Reloaded {
  var configuration: Configuration.Reload
  /// The time zones that have other rules, or are missing or back.
  var timeZones: [String]
}

/// A new configuration for a running daemon.
extension DaemonProcess {
  /// Reads the configuration again. It is applied when all of it is right, and else the old one stays.
  func reload() -> Result<Reloaded, ConfigError> {
    service.reloading()
    defer { service.ready(now: loop.now) }
    let timeZones = supervisor.zoneDesk.look()
    do throws(ConfigError) {
      let reload = configuration.reload(try load())
      configuration = reload.configuration
      logKeeper.apply(configuration.settings.logging)
      supervisor.apply(configuration.settings)
      listener.settingsChanged()
      log.info(
        "configuration reloaded",
        [
          "applied": .string(reload.applied.joined(separator: ", ")),
          "needs_restart": .string(reload.needingRestart.joined(separator: ", ")),
        ])
      return .success(Reloaded(configuration: reload, timeZones: timeZones))
    } catch {
      log.error("configuration refused", ["error": .string(error.description)])
      return .failure(error)
    }
  }
}

internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewProtobuf

/// The settings in force. A reload replaces those that `SettingKey` calls live; the others hold from start to end.
final class LiveSettings {
  private(set) var settings: Settings
  /// Who may do what.
  private(set) var access: AccessRule
  private let authorities = AuthorityFiles()

  init(_ settings: Settings) {
    self.settings = settings
    access = Self.rule(settings, owner: geteuid())
  }

  func apply(_ settings: Settings) {
    self.settings = settings
    access = Self.rule(settings, owner: access.owner)
  }

  private static func rule(_ settings: Settings, owner: UInt32) -> AccessRule {
    var rule = AccessRule(settings.access, owner: owner)
    rule.submittersRunCommands = settings.local.allowSubmit
    return rule
  }

  /// Where a worker finds an environment's API.
  func endpoint(of environment: Environment) -> Honeydew_Worker_Endpoint {
    .with {
      $0.url = environment.baseURL
      switch environment.caFile.map(authorities.content) {
      case .certificates(let bytes): $0.caCertificates = bytes
      case .problem(let text): $0.caProblem = text
      case nil: break
      }
      $0.useProxy = settings.api.useProxy
      $0.maxResponseBytes = UInt64(settings.api.maxResponseMegabytes) << 20
    }
  }
}

extension Settings {
  /// How many descriptors a daemon with these settings needs at most.
  var descriptorsNeeded: Int {
    DescriptorNeed.count(
      connections: daemon.maxConnections, workers: queue.workers + pools.values.reduce(0, +))
  }
}

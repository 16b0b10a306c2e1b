internal import HoneydewCore
internal import HoneydewSystem

extension Log {
  /// The same log, for lines about this part of the daemon.
  func of(_ component: LogComponent) -> Log { scoped(to: component.rawValue) }
}

internal import HoneydewSystem

/// Tells the service manager how the daemon is, and that it is alive: from turns that were completed, and from nothing
/// else, so that a loop that hangs sends nothing. Trouble with the pool or the store is reported, and stops nothing.
final class ServiceReporter {
  private let manager: ServiceManager?
  private let log: Log
  private var lastStatus = ""
  private var hasToldStop = false
  /// When the watchdog message is due; nil when the manager wants none (monotonic time).
  private var watchdogDue: Duration?
  /// No other status is told before (monotonic time).
  private var statusDue = Duration.zero
  /// There may be another status than the last one.
  private var isStatusLate = false

  private static let statusInterval = Duration.seconds(1)
  /// How much time the manager is asked for while a start goes on, and how often.
  private static let patience = Duration.seconds(30)
  private static let patienceInterval = Duration.seconds(5)

  init(_ manager: ServiceManager?, log: Log) {
    self.manager = manager
    self.log = log
  }

  /// When a turn is wanted though nothing arrives (monotonic time).
  var deadline: Duration? {
    earlier(watchdogDue, isStatusLate ? statusDue : nil)
  }

  /// A part of the start that may take long has begun; to be called now and then, at will, while it goes on.
  func starting(_ what: String) {
    let now = Clock.monotonic()
    guard manager != nil, now >= statusDue else { return }
    statusDue = now + Self.patienceInterval
    tell { service throws(Errno) in
      try service.status(what)
      try service.extendTimeout(by: Self.patience)
    }
  }

  /// The daemon serves, after its start or a reload.
  func ready(now: Duration) {
    guard !hasToldStop else { return }
    statusDue = now
    tell { service throws(Errno) in try service.ready() }
    watchdogDue = manager?.watchdogInterval.map { _ in now }
  }

  /// One that stops says nothing more of reloads: READY after STOPPING would be a lie.
  func reloading() {
    guard !hasToldStop else { return }
    tell { service throws(Errno) in try service.reloading() }
  }

  /// - Parameters:
  ///   - stoppingTime: what the shutdown that goes on may take; nil while the daemon does not stop.
  ///   - status: one line for people.
  func turnCompleted(now: Duration, stoppingTime: Duration?, status: () -> String) {
    guard let manager else { return }
    if let stoppingTime, !hasToldStop {
      hasToldStop = true
      tell { service throws(Errno) in
        try service.stopping()
        try service.extendTimeout(by: stoppingTime + Self.patience)
      }
    }
    if let due = watchdogDue, due <= now {
      watchdogDue = manager.watchdogInterval.map { now + $0 / 2 }
      tell { service throws(Errno) in try service.alive() }
    }
    guard now >= statusDue else {
      isStatusLate = true
      return
    }
    isStatusLate = false
    let status = status()
    guard status != lastStatus else { return }
    lastStatus = status
    statusDue = now + Self.statusInterval
    tell { service throws(Errno) in try service.status(status) }
  }

  private func tell(_ message: (ServiceManager) throws(Errno) -> Void) {
    guard let manager else { return }
    do throws(Errno) {
      try message(manager)
    } catch {
      log.warn("the service manager could not be told", ["error": .string("\(error)")])
    }
  }
}

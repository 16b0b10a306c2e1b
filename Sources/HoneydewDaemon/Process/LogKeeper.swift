internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewSystem

/// Has the log written, moves it away when it is long enough, compresses what was moved, and removes what is too old: one
/// small step a turn.
final class LogKeeper {
  /// Between two looks at the age of rotated logs. No turn is made for it.
  private static let interval = Duration.seconds(3600)

  /// So long lines wait for others, so that a busy daemon writes many at once.
  private static let writeDelay = Duration.milliseconds(10)

  private let log: Log
  private let directory: String
  private var rotation: LogRotation
  private var compression: GzipCompression?
  /// What waits to be compressed, oldest first.
  private var uncompressed: [String] = []
  private var seenRotations = 0
  /// When to look into the directory (monotonic time).
  private var lookDue = Duration.zero
  /// When the lines that wait are written (monotonic time).
  private var writeDue: Duration?

  init(_ log: Log, _ settings: Settings.Logging, wallNow: @escaping () -> Timestamp) {
    self.log = log.of(.daemon)
    let slash = settings.file.lastIndex(of: "/") ?? settings.file.startIndex
    directory = String(settings.file[...slash])
    rotation = LogRotation(name: String(settings.file[settings.file.index(after: slash)...]))
    self.wallNow = wallNow
    apply(settings)
  }

  private let wallNow: () -> Timestamp

  /// Takes the limits, of the same file.
  func apply(_ settings: Settings.Logging) {
    log.level = Log.Level(name: settings.level.rawValue) ?? .info
    rotation.maximumBackups = settings.maxBackups
    rotation.maximumAgeDays = settings.maxAgeDays
    rotation.compresses = settings.compress
    log.rotation = Log.Rotation(limit: Int64(settings.maxSizeMegabytes) << 20) { [directory, rotation, wallNow] in
      directory + rotation.backupName(at: wallNow()) { (try? Files.status(directory + $0)) != .some(nil) }
    }
    lookDue = .zero
  }

  /// When there is more to do (monotonic time); zero is at once.
  var deadline: Duration? { isCompressing ? .zero : writeDue }

  private var isCompressing: Bool { compression != nil || !uncompressed.isEmpty }

  /// One step, when those who wait for an answer have it.
  func step(now: Duration) {
    if let writeDue, writeDue <= now {
      log.flush()
      self.writeDue = nil
    }
    if log.rotations != seenRotations || lookDue <= now {
      seenRotations = log.rotations
      lookDue = now + Self.interval
      look()
    } else if isCompressing {
      compress()
    }
    if log.needsFlush, writeDue == nil { writeDue = now + Self.writeDelay }
  }

  private func look() {
    do throws(Errno) {
      let plan = rotation.plan(among: try Files.list(directory), at: wallNow())
      // What is being compressed has an unfinished file, which the plan takes for a left-over.
      compression = nil
      for name in plan.removed { _ = try Files.remove(directory + name) }
      uncompressed = plan.compressed
    } catch {
      log.warn("old logs cannot be kept in order", ["error": .string("\(error)")])
    }
  }

  private func compress() {
    do throws(Errno) {
      if compression == nil { compression = try GzipCompression(directory + uncompressed.removeFirst()) }
      if try compression?.step() == true { compression = nil }
    } catch {
      // The next look tries again.
      compression = nil
      log.warn("a rotated log cannot be compressed", ["error": .string("\(error)")])
    }
  }
}

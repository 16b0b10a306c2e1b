/// What becomes of a log that has reached its size: the name that it is moved to, and which of the moved ones go.
///
/// `daemon.log` becomes `daemon-2026-11-21T10-11-12.123Z.log`, and that with `.gz` after it when it is compressed.
public struct LogRotation: Equatable, Sendable {
  /// The log's name, without its directory.
  public let name: String
  /// Rotated logs that are kept.
  public var maximumBackups: Int
  public var maximumAgeDays: Int
  /// Whether rotated logs are compressed.
  public var compresses: Bool

  public init(name: String, maximumBackups: Int = .max, maximumAgeDays: Int = 36500, compresses: Bool = false) {
    self.name = name
    self.maximumBackups = maximumBackups
    self.maximumAgeDays = maximumAgeDays
    self.compresses = compresses
  }

  /// A rotated log in the log's directory.
  public struct Backup: Equatable, Sendable {
    public let name: String
    public let rotatedAt: Timestamp
    public let isCompressed: Bool
  }

  /// What to do in the log's directory.
  public struct Plan: Equatable, Sendable {
    /// The names of what is too old or too many, or was left over.
    public var removed: [String] = []
    /// The names of what is to be compressed, oldest first.
    public var compressed: [String] = []
  }

  /// Ends the name of a compressed log.
  public static let compressedSuffix = ".gz"
  /// Ends the name of one that is being written.
  public static let unfinishedSuffix = ".part"

  /// The name that the log is moved to.
  /// - Parameter taken: names that are there already; nothing is written over.
  public func backupName(at moment: Timestamp, taken: (String) -> Bool) -> String {
    var moment = moment
    while true {
      let name = "\(stem)-\(moment.description.replacing(":", with: "-"))\(suffix)"
      if !taken(name), !taken(name + Self.compressedSuffix) { return name }
      moment = moment + .milliseconds(1)
    }
  }

  /// The rotated logs among the names of a directory, newest first. Where one is there in both forms, the second was
  /// left behind by a process that ended before it removed it; it is not among them.
  public func backups(among names: [String]) -> [Backup] {
    let all = names.compactMap(backup)
    let finished = Set(all.lazy.filter(\.isCompressed).map(\.name))
    return all.filter { $0.isCompressed || !finished.contains($0.name + Self.compressedSuffix) }
      .sorted { ($0.rotatedAt, $0.name) > ($1.rotatedAt, $1.name) }
  }

  public func plan(among names: [String], at now: Timestamp) -> Plan {
    let backups = backups(among: names)
    let oldest = now + .seconds(-86400 * maximumAgeDays)
    let kept = Set(backups.prefix(maximumBackups).filter { $0.rotatedAt >= oldest }.map(\.name))
    var plan = Plan()
    for name in names.sorted() where !kept.contains(name) {
      let isUnfinished = name.hasSuffix(Self.unfinishedSuffix)
      if backup(isUnfinished ? String(name.dropLast(Self.unfinishedSuffix.count)) : name) != nil {
        plan.removed.append(name)
      }
    }
    if compresses {
      plan.compressed = backups.reversed().filter { !$0.isCompressed && kept.contains($0.name) }.map(\.name)
    }
    return plan
  }

  /// `daemon` of `daemon.log`.
  private var stem: String { String(name.dropLast(suffix.count)) }

  /// `.log` of `daemon.log`; empty when the name has no such end.
  private var suffix: String {
    guard let point = name.lastIndex(of: "."), point > name.startIndex else { return "" }
    return String(name[point...])
  }

  private func backup(_ name: String) -> Backup? {
    let isCompressed = name.hasSuffix(Self.compressedSuffix)
    let plain = isCompressed ? String(name.dropLast(Self.compressedSuffix.count)) : name
    guard plain.hasPrefix(stem + "-"), plain.hasSuffix(suffix) else { return nil }
    var text = Array(plain.dropFirst(stem.count + 1).dropLast(suffix.count))
    guard text.count == 24, text[13] == "-", text[16] == "-" else { return nil }
    text[13] = ":"
    text[16] = ":"
    return Timestamp(String(text)).map { Backup(name: name, rotatedAt: $0, isCompressed: isCompressed) }
  }
}

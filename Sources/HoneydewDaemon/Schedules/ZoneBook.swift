internal import HoneydewCore
internal import HoneydewSystem

/// The rules of the time zones that schedules are in, as they were read last.
final class ZoneBook {
  private let database: ZoneDatabase
  /// By name; the empty name is the host's zone.
  private var kept: [String: Entry] = [:]

  private struct Entry {
    /// Of the file when it was read.
    var mark: String
    /// What people call it.
    var name: String
    /// nil when it could never be read.
    var rules: ZoneRules?
    /// Of the rules.
    var checksum: String
    /// Why it cannot be read now.
    var failure: ZoneDatabase.Failure?
  }

  init(_ database: ZoneDatabase) {
    self.database = database
  }

  /// The name of the zone that an expression is in.
  func name(of expression: CronExpression) -> String {
    expression.zone ?? kept[""]?.name ?? database.hostName
  }

  /// The rules of an expression's zone.
  func rules(of expression: CronExpression) throws(ZoneDatabase.Failure) -> ZoneRules {
    let name = expression.zone ?? ""
    let entry = kept[name] ?? read(name)
    if let rules = entry.rules { return rules }
    throw entry.failure ?? ZoneDatabase.Failure(text: "the time zone \(name.printable) has no rules")
  }

  /// Why the expression's zone cannot be read, though there may be rules that were read before.
  func failure(of expression: CronExpression) -> ZoneDatabase.Failure? { kept[expression.zone ?? ""]?.failure }

  /// Looks after the zone of a schedule's expression from now on, also while it is missing.
  func keep(_ expression: CronExpression) {
    let name = expression.zone ?? ""
    if kept[name] == nil { kept[name] = read(name) }
  }

  /// The files of the zones that are looked after.
  var files: [String] { kept.keys.compactMap { database.path(of: $0.isEmpty ? nil : $0) } }

  /// How many zones are looked after.
  var count: Int { kept.count }

  /// Reads again what has changed since it was read.
  ///
  /// - Returns: the zones with other rules, and those that have gone or come back; the host's is the empty name.
  func refresh() -> Set<String> {
    var changed: Set<String> = []
    for (name, entry) in kept {
      guard database.mark(of: name.isEmpty ? nil : name) != entry.mark else { continue }
      var new = read(name)
      // The name is of the rules that go on.
      if new.rules == nil, entry.rules != nil {
        (new.name, new.rules, new.checksum) = (entry.name, entry.rules, entry.checksum)
      }
      kept[name] = new
      if new.checksum != entry.checksum || new.failure != entry.failure { changed.insert(name) }
    }
    return changed
  }

  /// What the zone is called, with what it is.
  func title(of name: String) -> String {
    name.isEmpty ? "\(kept[""]?.name ?? database.hostName) (the host's)" : name
  }

  private func read(_ name: String) -> Entry {
    let zone = name.isEmpty ? nil : name
    // Before the file: what is written meanwhile is read again.
    var entry = Entry(mark: database.mark(of: zone), name: zone ?? database.hostName, checksum: Self.missing)
    do throws(ZoneDatabase.Failure) {
      let file = if let zone { try database.zone(named: zone) } else { try database.hostZone() }
      entry.rules = try ZoneRules(file)
      entry.checksum = String(file.checksum, radix: 16)
    } catch {
      entry.failure = error
    }
    return entry
  }
}

// MARK: what is stored of them

extension ZoneBook {
  static let editionKey = "zone_edition"
  private static let missing = "missing"

  /// The checksums of all zones that are looked after, to know after the next start which of them have other rules: a
  /// line `NAME=CHECKSUM` each.
  var edition: String {
    kept.map { "\($0)=\($1.checksum)" }.sorted().joined(separator: "\n")
  }

  /// Looks after the zones of a stored edition.
  ///
  /// - Returns: those with other rules than there; nil for all, where it is none.
  func adopt(_ edition: String) -> Set<String>? {
    var changed: Set<String> = []
    for line in edition.split(separator: "\n") {
      guard let separator = line.lastIndex(of: "=") else { return nil }
      let name = String(line[..<separator])
      if kept[name] == nil { kept[name] = read(name) }
      if kept[name]?.checksum != String(line[line.index(after: separator)...]) { changed.insert(name) }
    }
    return edition.isEmpty ? nil : changed
  }
}

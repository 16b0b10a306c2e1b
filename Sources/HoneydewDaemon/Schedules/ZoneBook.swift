internal import HoneydewCore
internal import HoneydewSystem

/// The rules of the time zones that schedules are in, each read once.
final class ZoneBook {
  private let database: ZoneDatabase
  /// By name; the empty name is the host's zone.
  private var known: [String: ZoneRules] = [:]

  init(_ database: ZoneDatabase) {
    self.database = database
  }

  /// Tells one set of rules from another.
  var edition: String { database.edition }

  /// The name of the zone that an expression is in.
  func name(of expression: CronExpression) -> String { expression.zone ?? database.hostName }

  func rules(of expression: CronExpression) throws(ZoneDatabase.Failure) -> ZoneRules {
    let name = expression.zone ?? ""
    if let rules = known[name] { return rules }
    let rules = try ZoneRules(name.isEmpty ? database.hostZone() : database.zone(named: name))
    known[name] = rules
    return rules
  }
}

extension ZoneRules {
  init(_ file: ZoneFile) throws(ZoneDatabase.Failure) {
    var footer: PosixZone?
    if !file.footer.isEmpty {
      guard let rule = PosixZone(file.footer) else {
        throw ZoneDatabase.Failure(text: "\"\(file.footer.printable)\" is no time zone")
      }
      footer = rule
    }
    self.init(
      initialOffset: file.initialOffset, transitions: file.transitions.map { .init(at: $0.at, offset: $0.offset) },
      footer: footer)
  }
}

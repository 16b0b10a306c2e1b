public import HoneydewCore

extension ZoneRules {
  /// The rules that a file holds, or a `ZoneDatabase.Failure`.
  public init(_ file: ZoneFile) throws(ZoneDatabase.Failure) {
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

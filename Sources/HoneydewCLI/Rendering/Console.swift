internal import HoneydewCore
internal import HoneydewText
internal import Glibc
internal import HoneydewJSON
internal import HoneydewProtobuf

/// Standard output for data, standard error for all else. What comes from others is escaped here.
final class Console {
  /// The columns of the terminal that standard output is; nil where it is none, and nothing may be cut.
  var width: Int? { output.columns }
  /// The same of standard error.
  var errorWidth: Int? { errors.columns }
  /// Whether somebody watches standard error, so that a spinner makes sense.
  var hasSpinner: Bool { errors.canRedraw }

  /// Whether standard error is a terminal that shows nothing but ASCII.
  var hasASCIIErrors: Bool { errors.isASCII }

  private let output: TerminalLook
  private let errors: TerminalLook
  private var pending: [UInt8] = []
  /// Why data cannot be written.
  private var failure: Failure?
  /// How moments are shown.
  var times = TimeText.exact
  /// The columns of tables, and the one that rows are sorted by, where somebody has asked for others.
  var columns: [String]?
  var sort: String?
  /// Whether names are all that is wanted.
  var isQuiet = false
  /// Whether a program reads the answers: on standard error it finds the object that says why there is none, and no remarks.
  var isForPrograms = false
  /// What becomes of the commands that texts advise.
  var advice = CommandAdvice()

  /// - Parameter color: what `--color` says.
  init(color: String?, variables: [String: String]) {
    output = TerminalLook(fileNumber: STDOUT_FILENO, color: color, variables: variables)
    errors = TerminalLook(fileNumber: STDERR_FILENO, color: color, variables: variables)
  }

  // MARK: Data

  /// One line.
  func say(_ text: String) throws(Failure) {
    guard !isQuiet else { return }
    try write(shown(text) + "\n")
  }

  /// One line of parts with a blank between them; empty parts are left out.
  func say(_ parts: [(text: String, style: Style)]) throws(Failure) {
    guard !isQuiet else { return }
    let line = parts.filter { !$0.text.isEmpty }.map {
      output.palette.apply($0.style, to: shown($0.text))
    }
    try write(line.joined(separator: " ") + "\n")
  }

  /// Nothing for one without rows, but for a complaint about columns that it does not have.
  func table(_ table: Table) throws(Failure) {
    let table = try arranged(table)
    guard !table.rows.isEmpty else { return }
    if isQuiet { return try names(table.rows.compactMap { $0.first?.text }) }
    var addressed = Table(table.columns)
    for row in table.rows {
      addressed.add(row.map { Table.Cell(fitted(advice.addressed($0.text)), $0.style) })
    }
    try write(addressed)
  }

  /// Names, a line each, and never cut.
  func names(_ names: [String]) throws(Failure) {
    for name in names { try write(shown(name) + "\n") }
  }

  private func arranged(_ table: Table) throws(Failure) -> Table {
    do throws(UsageError) {
      return try table.arranged(columns: columns, sortedBy: sort)
    } catch {
      throw .usage(error.text)
    }
  }

  private func write(_ table: Table) throws(Failure) {
    for line in table.lines(width: width, palette: output.palette) { try write(line + "\n") }
  }

  /// Names with their values, the values one under the other; long ones go on in the next line of a terminal.
  func facts(_ facts: [Fact]) throws(Failure) {
    guard !isQuiet else { return }
    let facts = facts.map { Fact($0.name, fitted(advice.addressed($0.value)), $0.style) }
    for line in Fact.lines(facts, width: width, palette: output.palette) { try write(line + "\n") }
  }

  /// A message for programs.
  func json(_ message: some Message) throws(Failure) {
    try json(EmbeddedJSON.value(of: message))
  }

  /// A list of messages for programs.
  func json(_ messages: [some Message]) throws(Failure) {
    try json(.array(messages.map { EmbeddedJSON.value(ofListed: $0) }))
  }

  /// A value for programs.
  func json(_ value: JSONValue) throws(Failure) {
    let bytes = value.serialized
    try rawJSON(output.isTerminal ? Array(IndentedJSON.text(of: bytes).utf8) : bytes)
  }

  /// JSON text as it came. On a terminal, control characters in strings are shown as escapes, which mean the same.
  func rawJSON(_ bytes: [UInt8]) throws(Failure) {
    try write(shownJSON(bytes))
    try write("\n")
  }

  /// A job's result, byte for byte. Only on a terminal, which would act on them, control characters are shown as escapes.
  func copy(_ bytes: [UInt8]) throws(Failure) {
    try write(shownJSON(bytes))
  }

  /// On a terminal, what would move it or what it does not show is written as escapes.
  private func shownJSON(_ bytes: [UInt8]) -> [UInt8] {
    guard output.isTerminal else { return bytes }
    let printable = Sanitizer.printableJSON(bytes)
    return output.isASCII ? ASCIIText.json(printable) : printable
  }

  /// A job's result for people.
  func result(_ bytes: [UInt8], command: String) throws(Failure) {
    switch ResultText.make(command: command, result: bytes) {
    case .table(let table, let rows) where table.rows.isEmpty:
      try self.table(table)
      note("There are no \(rows).")
    case .table(let table, _): try self.table(table)
    case .text(let text):
      try write(output.isTerminal ? shownJSON(Array(text.utf8)) : Sanitizer.printableJSON(Array(text.utf8)))
      try write("\n")
    }
  }

  // MARK: Programs' output

  /// Bytes for one of the two streams as they are, in order with those for the other.
  func pass(_ bytes: [UInt8], toErrors: Bool) throws(Failure) {
    guard toErrors else { return try write(bytes) }
    try flush()
    guard Console.write(bytes, to: STDERR_FILENO) == 0 else {
      throw Failure(.failed, "cannot write to standard error: \(String(cString: strerror(errno)))")
    }
  }

  func isTerminal(errors isErrors: Bool) -> Bool { (isErrors ? errors : output).isTerminal }

  func hasColors(errors isErrors: Bool) -> Bool { (isErrors ? errors : output).palette.isColored }

  func fitted(_ text: String, errors isErrors: Bool) -> String {
    (isErrors ? errors : output).isASCII ? ASCIIText.text(text) : text
  }

  func faint(_ text: String) -> String { output.palette.apply(.faint, to: text) }

  /// What stands before each line of one of several: each has a colour of its own.
  func prefix(_ name: String, _ index: Int) -> String {
    output.palette.isColored ? "\u{1b}[\([36, 35, 33, 34, 32][index % 5])m\(name) |\u{1b}[0m " : "\(name) | "
  }

  /// Text of our own, as it is.
  func script(_ text: String) throws(Failure) {
    try write(text)
  }

  /// The text in letters that standard output shows, so that its width is known before it is cut.
  func fitted(_ text: String) -> String { output.isASCII ? ASCIIText.text(text) : text }

  /// A text for people: its commands name the daemon, and what would move a terminal is escaped.
  private func shown(_ text: String) -> String { Sanitizer.printable(advice.addressed(text)) }

  func heading(_ text: String) -> String { output.palette.apply(.heading, to: text) }

  private func write(_ text: String) throws(Failure) {
    try write(Array(fitted(text).utf8))
  }

  private func write(_ bytes: [UInt8]) throws(Failure) {
    pending += bytes
    if pending.count > 1 << 16 { try flush() }
  }

  /// Hands all data over to the kernel. Must come before the process ends.
  func flush() throws(Failure) {
    defer { pending.removeAll(keepingCapacity: true) }
    let error = Console.write(pending, to: STDOUT_FILENO)
    if error != 0 { failure = Failure(.failed, "cannot write the output: \(String(cString: strerror(error)))") }
    if let failure { throw failure }
  }

  // MARK: All else

  /// A remark for people, also for those who watch a terminal while a program reads the answer, below the data that was printed before it.
  func note(_ text: String) {
    // What cannot be written is told when the process ends.
    try? flush()
    if !isForPrograms || errors.isTerminal { complain(shown(text) + "\n") }
  }

  /// What happened besides what was asked for.
  func remark(_ text: String) {
    if !isQuiet { note("honeydew: " + text) }
  }

  /// An object on standard error, for programs.
  func complainInJSON(_ failure: Failure) {
    var members = [
      JSONValue.Member("reason", .string(failure.reason)),
      JSONValue.Member(
        "message", .string(([failure.text] + failure.more).map(advice.addressed).joined(separator: "\n"))),
    ]
    if let field = failure.field { members.append(JSONValue.Member("field", .string(field))) }
    let bytes = JSONValue.object(members).serialized
    complain(String(decoding: errors.isASCII ? ASCIIText.json(bytes) : bytes, as: UTF8.self) + "\n")
  }

  func complain(_ failure: Failure) {
    for line in [failure.text] + failure.more {
      complain("honeydew: " + errors.palette.apply(.bad, to: shown(line)) + "\n")
    }
  }

  /// Text for the terminal that standard error is, with cursor movements of our own.
  func draw(_ text: String) {
    complain(text)
  }

  private func complain(_ text: String) {
    // There is nobody left to tell when standard error cannot be written.
    _ = Console.write(Array((errors.isASCII ? ASCIIText.text(text) : text).utf8), to: STDERR_FILENO)
  }

  /// Writes all bytes. The answer is `errno`, 0 when they are written.
  private static func write(_ bytes: [UInt8], to fileNumber: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(fileNumber, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

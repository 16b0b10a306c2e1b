public import HoneydewJSON

/// The payload of `local.exec`: a program of this machine, and how it is run.
public struct LocalCommand: Equatable, Sendable {
  /// Of one argument or variable, with its NUL byte (MAX_ARG_STRLEN in execve(2)).
  static let maximumText = 128 << 10
  /// What a command has until it is killed after its TERM.
  public static let standardGrace = Duration.seconds(10)
  static let maximumGrace = Duration.seconds(3600)

  /// The program and its arguments, exact. With `usesShell` the first is a text for `/bin/sh -c`, the others are `$1` on.
  public var arguments: [String]
  public var usesShell: Bool
  /// Absolute; nil is `/`.
  public var directory: String?
  /// `NAME=VALUE`, all that the command gets; nil is a small one of the daemon's user.
  public var environment: [String]?
  /// What it reads; nil is nothing.
  public var input: [UInt8]?
  /// Whether it runs on a terminal of its own.
  public var usesTerminal: Bool
  /// From TERM to KILL.
  public var grace: Duration
  /// Of the heap, stack and private mappings of each of its processes, in MiB; nil is no limit. (A limit of the address
  /// space would keep programs from starting that only reserve a lot of it.)
  public var memoryMegabytes: Int?
  /// Of each of its processes; nil is no limit.
  public var cpuSeconds: Int?
  /// Added to its niceness, from -20 to 19.
  public var nice: Int
  /// Whether it may be carried out again after an attempt that was cut off.
  public var isRepeatable: Bool
  public var description: String

  /// - Parameter payload: has the command's arguments, each of its type.
  public init(payload: JSONValue) throws(PayloadError) {
    arguments = payload["argv"]?.array?.compactMap(\.string) ?? []
    usesShell = payload["shell"]?.bool ?? false
    directory = payload["cwd"]?.string
    environment = payload["env"]?.members?.map { "\($0.key)=\($0.value.string ?? "")" }
    usesTerminal = payload["pty"]?.bool ?? false
    grace = payload["grace_ms"]?.int.map { .milliseconds($0) } ?? Self.standardGrace
    memoryMegabytes = payload["memory_mb"]?.int.map { Int($0) }
    cpuSeconds = payload["cpu_s"]?.int.map { Int($0) }
    nice = Int(payload["nice"]?.int ?? 0)
    isRepeatable = payload["rerun"]?.bool ?? false
    description = payload["description"]?.string ?? ""
    input = try Self.input(of: payload)
    try check(environment: payload["env"]?.members ?? [])
  }

  private static func input(of payload: JSONValue) throws(PayloadError) -> [UInt8]? {
    let text = payload["stdin"]?.string
    guard let encoded = payload["stdin_base64"]?.string else { return text.map { Array($0.utf8) } }
    guard text == nil else { throw PayloadError("stdin", "stdin and stdin_base64 exclude each other") }
    guard let bytes = [UInt8](base64: encoded) else { throw PayloadError("stdin_base64", "stdin_base64 is no base64") }
    return bytes
  }

  private func check(environment members: [JSONValue.Member]) throws(PayloadError) {
    guard let program = arguments.first, !program.isEmpty else {
      throw PayloadError("argv", "argv must name a program first")
    }
    for (index, argument) in arguments.enumerated() { try Self.check(argument, at: "argv[\(index)]") }
    if let directory {
      try Self.check(directory, at: "cwd")
      guard directory.hasPrefix("/") else { throw PayloadError("cwd", "cwd must be an absolute path") }
    }
    for member in members {
      guard !member.key.isEmpty, !member.key.utf8.contains(UInt8(ascii: "=")) else {
        throw PayloadError("env", "a name in env is empty or has a \"=\" in it")
      }
      try Self.check("\(member.key)=\(member.value.string ?? "")", at: "env.\(member.key.shortened(toBytes: 60))")
    }
    try Self.check(grace.wholeMilliseconds, in: 0...Self.maximumGrace.wholeMilliseconds, at: "grace_ms")
    if let memoryMegabytes { try Self.check(Int64(memoryMegabytes), in: 1...(1 << 24), at: "memory_mb") }
    if let cpuSeconds { try Self.check(Int64(cpuSeconds), in: 1...31_536_000, at: "cpu_s") }
    try Self.check(Int64(nice), in: -20...19, at: "nice")
    guard description.utf8.count <= 1000 else {
      throw PayloadError("description", "description has \(description.utf8.count) bytes; at most 1000")
    }
  }

  private static func check(_ text: String, at place: String) throws(PayloadError) {
    guard !text.utf8.contains(0) else { throw PayloadError(place, "\(place) has a NUL byte in it") }
    guard text.utf8.count < maximumText else {
      throw PayloadError(place, "\(place) has \(text.utf8.count) bytes; the kernel takes fewer than \(maximumText)")
    }
  }

  private static func check(_ number: Int64, in range: ClosedRange<Int64>, at place: String) throws(PayloadError) {
    guard range.contains(number) else {
      throw PayloadError(place, "\(place) is \(number); it must be \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// What a checked payload gives its command from TERM to KILL.
  public static func grace(of payload: String) -> Duration {
    guard payload.contains("\"grace_ms\""), let value = try? JSONValue(parsing: payload) else { return standardGrace }
    return value["grace_ms"]?.int.map { .milliseconds($0) } ?? standardGrace
  }

  /// The command as a shell would be given it, on one line.
  public var title: String {
    let words = usesShell ? arguments : arguments.map { ShellWord.word($0) }
    return words.joined(separator: " ")
  }
}

extension CommandRegistry {
  /// The command that runs a program of this machine.
  public static let exec = Command(
    name: "local.exec", provider: "local", summary: "Runs a program of this machine.",
    target: .local(isRepeatable: false),
    arguments: [
      Argument("argv", .list(.string), isRequired: true), Argument("shell", .boolean), Argument("cwd", .string),
      Argument("env", .secrets), Argument("stdin", .string, isSecret: true),
      Argument("stdin_base64", .string, isSecret: true), Argument("pty", .boolean), Argument("grace_ms", .int),
      Argument("memory_mb", .int), Argument("cpu_s", .int), Argument("nice", .int), Argument("rerun", .boolean),
      Argument("description", .string),
    ])
}

internal import Glibc
internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewSystem
internal import HoneydewText

/// The payload of a local command, from a command line.
struct LocalPayload {
  /// The command type of all local commands.
  static let command = CommandRegistry.exec.name

  let command: LocalCommand
  /// JSON.
  let text: String

  /// - Parameters:
  ///   - words: the program and its arguments.
  ///   - inheritsVariables: whether the caller's environment is the program's.
  init(_ invocation: Invocation, words: [String], inheritsVariables: Bool) throws(Failure) {
    let arguments = invocation.arguments
    let caller = invocation.process.texts
    let inherits = inheritsVariables && !arguments.isSet(.clearVariables)
    let settings = arguments.texts(.programVariable)
    var variables = try LocalVariables(caller: caller.members, inherits: inherits, settings: settings)
    // Who adds to the small environment of a command without a caller means to keep it.
    if !inheritsVariables, !settings.isEmpty {
      variables.add(missing: Self.standardVariables())
    }
    if inherits, !caller.unreadable.isEmpty {
      invocation.console.note(
        "Left out of its environment, because no UTF-8: \(caller.unreadable.joined(separator: ", "))")
    }
    var members = [
      JSONValue.Member("argv", .array(words.map { .string($0) })),
      JSONValue.Member("cwd", .string(try Self.directory(arguments.text(.directory)))),
    ]
    // Without a caller and without a word of it, the worker's own small environment is meant.
    if inheritsVariables || !variables.members.isEmpty { members.append(.init("env", .object(variables.members))) }
    members += try Self.members(arguments)
    if let file = arguments.text(.standardInput) { members.append(try Self.input(file)) }
    let payload = JSONValue.object(members)
    let bytes = payload.serialized
    do throws(PayloadError) {
      command = try LocalCommand(payload: payload)
    } catch {
      throw Failure(.usage, error.description, field: error.argument)
    }
    guard bytes.count <= SubmissionRules.maximumPayload else {
      throw .usage(
        "the command, its environment and its input have \(bytes.count) bytes together; at most "
          + "\(SubmissionRules.maximumPayload) are allowed: leave variables out with --env-clear, let it read a file itself"
      )
    }
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// What a command gets that brings none.
  private static func standardVariables() -> [(name: String, value: String)] {
    CommandEnvironment.standard(of: .present).map { variable in
      let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      return (parts[0], parts.count == 2 ? parts[1] : "")
    }
  }

  private static func members(_ arguments: ParsedArguments) throws(Failure) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    for (option, key) in [(Option.shell, "shell"), (.terminal, "pty"), (.rerun, "rerun")] where arguments.isSet(option)
    {
      members.append(JSONValue.Member(key, true))
    }
    if let grace = arguments.duration(.grace) { members.append(.init("grace_ms", .number(grace.wholeMilliseconds))) }
    if let size = arguments.text(.memory) { members.append(.init("memory_mb", .number(try megabytes(size)))) }
    if let time = arguments.duration(.cpu) {
      members.append(.init("cpu_s", .number((time + .milliseconds(999)).components.seconds)))
    }
    if let nice = arguments.integer(.nice) { members.append(.init("nice", .number(nice))) }
    if let text = arguments.text(.programDescription) { members.append(.init("description", .string(text))) }
    return members
  }

  /// `512`, `512M`, `512MiB`, `2G`.
  static func megabytes(_ text: String) throws(Failure) -> Int64 {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let factor: Int64? =
      switch text.dropFirst(digits.count).lowercased() {
      case "", "m", "mb", "mib": 1
      case "g", "gb", "gib": 1 << 10
      case "t", "tb", "tib": 1 << 20
      default: nil
      }
    guard let number = Int64(digits), let factor, number > 0, number <= Int64.max / factor else {
      throw .usage("--memory must be a size such as 512M, 2G or a number of MiB, not \(quoted(text))")
    }
    return number * factor
  }

  /// The absolute path of the directory, by which jobs are found again.
  static func directory(_ name: String?) throws(Failure) -> String {
    do throws(Errno) {
      let path = try Files.realPath(name ?? ".")
      guard try Files.status(path)?.kind == .directory else { throw Errno(ENOTDIR, call: "chdir", detail: path) }
      return path
    } catch {
      throw .usage("there is no directory \(name.map { quoted($0) } ?? "here any more"): \(error.sentence)")
    }
  }

  private static func input(_ name: String) throws(Failure) -> JSONValue.Member {
    let bytes: [UInt8]
    if name == "-" {
      bytes = try Prompt.wholeBytes()
    } else {
      do throws(Errno) {
        bytes = try Files.read(name, limit: SubmissionRules.maximumPayload)
      } catch {
        throw .usage("--stdin: cannot read \(name): \(error.text)")
      }
    }
    // A text stays one that can be read.
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      return JSONValue.Member("stdin_base64", .string(bytes.base64))
    }
    return JSONValue.Member("stdin", .string(text))
  }
}

internal import Glibc
internal import HoneydewConfig
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewSystem

/// The program `honeydewd`, started for what is done beside the daemon: it has the database's library, and this does not.
struct DaemonProgram {
  let path: String
  /// Which database is meant.
  let arguments: [String]
  let variables: [String: String]

  /// - Parameter running: the daemon, whose options may name another database than the configuration does.
  init(_ invocation: Invocation, _ running: (status: Honeydew_DaemonStatus, uid: UInt32)?) throws(Failure) {
    path = try Self.path()
    variables = invocation.process.variables
    guard let (status, uid) = running else {
      arguments = ["--home", try invocation.home().directory]
      return
    }
    // These paths are the word of whoever serves the socket: root goes there as that user only.
    arguments = [
      "--home", status.home, "--set", "storage.database_path=\(status.databasePath)", "--as-uid", String(uid),
    ]
  }

  /// Where it is: beside this program.
  static func path() throws(Failure) -> String {
    do throws(Errno) {
      let own = try Files.realPath("/proc/self/exe")
      return own.prefix(through: own.lastIndex(of: "/") ?? own.startIndex) + "honeydewd"
    } catch {
      throw Failure(.failed, "cannot find honeydewd: \(error.sentence)")
    }
  }

  /// The sentences in what it has written to standard error.
  static func sentences(_ bytes: [UInt8]) -> [String] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
      line.hasPrefix("honeydewd: ") ? String(line.dropFirst("honeydewd: ".count)) : String(line)
    }
  }

  /// Runs it to its end.
  /// - Returns: its answer.
  func run(_ task: [String]) throws(Failure) -> JSONValue {
    let outcome: (termination: Termination, output: [UInt8], error: [UInt8])
    do {
      outcome = try end(of: arguments + task)
    } catch {
      throw Failure(.failed, "cannot run \(path): \(error)")
    }
    let status = outcome.termination.status
    if status == .exited(code: 0), let answer = try? JSONValue(parsing: outcome.output) { return answer }
    let words = Self.sentences(outcome.error)
    throw Failure(lines: words.isEmpty ? "honeydewd \(status)" : words.joined(separator: "\n"))
  }

  private func end(of arguments: [String]) throws(Errno) -> (Termination, [UInt8], [UInt8]) {
    let output = try UnixSocket.pair()
    let error = try UnixSocket.pair()
    try output.ours.setNonblocking(false)
    try error.ours.setNonblocking(false)
    let child = try ChildProcess(
      ChildProcess.Command(
        path: path, arguments: [path] + arguments, environment: variables.map { "\($0)=\($1)" },
        output: output.theirs.fileNumber, error: error.theirs.fileNumber))
    output.theirs.close()
    error.theirs.close()
    // Each is short, so that the second cannot fill up while the first is read.
    let (answer, words) = (try content(of: output.ours), try content(of: error.ours))
    while true {
      if let termination = try child.reap() { return (termination, answer, words) }
      var ready = pollfd(fd: child.fileNumber, events: Int16(POLLIN), revents: 0)
      _ = poll(&ready, 1, -1)
    }
  }

  private func content(of file: borrowing FileDescriptor) throws(Errno) -> [UInt8] {
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = try file.read(into: &chunk, path: path)
      guard count > 0 else { return content }
      content += chunk[..<count]
    }
  }
}

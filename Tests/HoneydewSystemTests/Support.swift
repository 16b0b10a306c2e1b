import Glibc
import Testing

@testable import HoneydewSystem

/// A directory of one test, removed with what is in it.
final class TemporaryDirectory {
  let path: String

  init() {
    var template = Array("/tmp/honeydew-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("mkdtemp: \(errno)") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    do {
      _ = try end(of: shell("exec /bin/rm -rf '\(path)'"))
    } catch { Issue.record(error) }
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}

extension TurnLimits {
  /// For tests of something else: a busy machine shall not end their turns.
  static let none = TurnLimits(handling: .seconds(60), whole: .seconds(60))
}

extension EventLoop {
  /// Turns until the condition holds; false when it does not within ten seconds.
  func turn(until condition: () -> Bool) throws -> Bool {
    var isLate = false
    let deadline = schedule(at: Clock.monotonic() + .seconds(10)) { isLate = true }
    defer { cancel(deadline) }
    while !condition() {
      if isLate { return false }
      try turn()
    }
    return true
  }
}

/// Starts `/bin/sh -c script`.
func shell(
  _ script: String, environment: [String] = [], channel: Int32? = nil, output: Int32? = nil, error: Int32? = nil
) throws(Errno) -> ChildProcess {
  try ChildProcess(
    ChildProcess.Command(
      path: "/bin/sh", arguments: ["sh", "-c", script], environment: environment, channel: channel, output: output,
      error: error))
}

/// What the child writes to standard output until its end, and how it ended.
func output(of script: String, environment: [String] = []) throws -> (text: String, termination: Termination?) {
  let pair = try UnixSocket.pair()
  let child = try shell(script, environment: environment, output: pair.theirs.fileNumber)
  let ours = pair.ours.release()
  pair.theirs.close()
  return (try readAll(FileDescriptor(owning: ours)), try end(of: child))
}

func readAll(_ descriptor: consuming FileDescriptor) throws -> String {
  try descriptor.setNonblocking(false)
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 4096)
  while case .read(let count) = try chunk.withUnsafeMutableBytes({ try descriptor.read(into: $0) }) {
    bytes += chunk[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// Waits in a loop of its own for the child's end.
func end(of child: ChildProcess) throws -> Termination? {
  let loop = try EventLoop()
  var termination: Termination?
  let registration = try loop.add(child.fileNumber, .read) { _ in
    do { termination = try child.reap() } catch { Issue.record(error) }
  }
  defer { loop.remove(registration) }
  _ = try loop.turn { termination != nil }
  return termination
}

/// Looks again and again until the condition holds, for at most ten seconds. What this process has closed, for example,
/// is not yet gone while a child that another test starts at this moment still holds a copy.
func wait(until condition: () throws -> Bool) throws {
  let deadline = Clock.monotonic() + .seconds(10)
  while try !condition() {
    try #require(Clock.monotonic() < deadline, "it did not come about within ten seconds")
    usleep(1000)
  }
}

import Glibc
import HoneydewSystem

/// A program of others that is run to its end.
enum Program {
  /// Where Debian's package has put it.
  static func find(_ name: String) throws -> String {
    for directory in ["/usr/bin/", "/usr/sbin/", "/usr/local/bin/"] where access(directory + name, X_OK) == 0 {
      return directory + name
    }
    throw BenchmarkError("\(name) is not installed; run: make setup")
  }

  /// Runs it, and returns what it prints.
  static func output(of path: String, _ arguments: [String]) throws -> String {
    var ends: [Int32] = [-1, -1]
    // The child keeps no other descriptors.
    guard pipe(&ends) == 0 else { throw Errno(errno, call: "pipe") }
    defer { close(ends[0]) }
    let process: ChildProcess
    do {
      defer { close(ends[1]) }
      process = try ChildProcess(
        ChildProcess.Command(
          path: path, arguments: [path] + arguments, environment: ["PATH=/usr/bin:/bin"], output: ends[1]))
    }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = read(ends[0], &buffer, buffer.count), count > 0 { text += buffer.prefix(count) }
    while try process.reap() == nil {
      var entry = pollfd(fd: process.fileNumber, events: Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, 1000)
    }
    guard process.termination?.status == .exited(code: 0) else {
      throw BenchmarkError(
        "\(path) ended with \(process.termination?.status.description ?? "nothing"): \(string(text))")
    }
    return string(text)
  }

  private static func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

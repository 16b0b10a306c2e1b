import Glibc
internal import HoneydewCore
internal import HoneydewSystem

extension CommandProcess.Start {
  /// - Parameter environment: the whole.
  init(_ command: LocalCommand, environment: [String]) {
    let words = command.usesShell ? ["sh", "-c", command.arguments[0], "sh"] + command.arguments.dropFirst() : nil
    self.init(
      candidates: words == nil
        ? ProgramSearch.candidates(for: command.arguments[0], environment: environment) : ["/bin/sh"],
      arguments: words ?? command.arguments, environment: environment, directory: command.directory ?? "/",
      nice: command.nice, dataLimit: command.memoryMegabytes.map { Int64($0) << 20 },
      processorLimit: command.cpuSeconds.map { Int64($0) })
  }
}

extension CommandProcess.Failure {
  /// What could not be done, to what, and why.
  func sentence(of start: CommandProcess.Start) -> String {
    switch stage {
    case .process: "cannot start another process: \(text)"
    case .session: "cannot start a session: \(text)"
    case .streams: "cannot set up the standard streams: \(text)"
    case .directory: "cannot enter the directory \(start.directory ?? "/"): \(text)"
    case .nice: "cannot run with a niceness changed by \(start.nice): \(text)"
    case .limits: "cannot set the limits: \(text)"
    case .program: programSentence(of: start)
    }
  }

  private func programSentence(of start: CommandProcess.Start) -> String {
    let program = start.arguments.first ?? ""
    if number == E2BIG {
      let bytes = (start.arguments + start.environment).reduce(0) { $0 + $1.utf8.count + 1 }
      return "cannot run \(start.candidates.first ?? program): \(text): \(bytes) bytes of arguments and environment"
    }
    if start.candidates.count == 1 || !start.candidates.contains(where: { $0.hasSuffix("/" + program) }) {
      let path = start.candidates.first ?? program
      // The kernel says so also of what the file itself asks for.
      let hint = number == ENOENT && access(path, F_OK) == 0 ? " (of the interpreter or loader that it names)" : ""
      return "cannot run \(path): \(text)\(hint)"
    }
    if number == ENOENT { return "cannot run \(program): \(text) in the PATH of the command" }
    return "cannot run \(start.candidates[candidate]): \(text)"
  }
}

import Glibc
internal import HoneydewCore
internal import HoneydewSystem

/// What a worker of local commands has for all of them.
final class LocalPlace {
  /// Where outputs are kept; nil keeps none.
  let outputs: OutputDirectory?
  /// What the daemon knows the processes of its instance by.
  let mark: String
  let tree = ProcessTree()
  private let queue: SignalQueue
  /// SIGTERM has come.
  private(set) var isTerminated = false

  /// - Parameter outputDirectory: made by the daemon.
  init(mark: String, outputDirectory: String?) throws(Errno) {
    self.mark = mark
    queue = try SignalQueue([SIGTERM, SIGCHLD])
    outputs = if let outputDirectory { try OutputDirectory(outputDirectory) } else { nil }
  }

  /// Comes when a child has ended and when the worker is to end.
  var signals: Interest { Interest(fileNumber: queue.fileNumber, events: POLLIN) }

  /// Takes the signals that have come: whether the worker is to end.
  func takeTermination() -> Bool {
    while let delivery = queue.next() {
      if delivery.signal == SIGTERM { isTerminated = true }
    }
    return isTerminated
  }

  /// The environment of a command: its own, or a small one, and our variables.
  func environment(_ variables: [String]?, of attempt: AttemptID) -> [String] {
    CommandEnvironment.adding(
      [
        (ProcessTable.instanceVariable, mark), (CommandEnvironment.jobVariable, attempt.jobID),
        (CommandEnvironment.attemptVariable, String(attempt.attempt)),
      ],
      to: variables ?? CommandEnvironment.standard(of: .present))
  }
}

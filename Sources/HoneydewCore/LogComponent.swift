/// The part of the daemon that a line of its log is about: the field `component`.
public enum LogComponent: String, CaseIterable, Sendable {
  /// The process itself: start, end, signals, configuration.
  case daemon
  /// Jobs and the queue.
  case queue
  case schedule
  /// The pool of worker processes.
  case worker
  /// Logins and tokens.
  case auth
  /// The database.
  case store
  /// The socket and those who connect to it.
  case rpc
  /// Who has changed what: a line for each call of a client that changes something.
  case audit
}

/// The pools of workers: `api` carries out what calls the API, all others carry out local commands.
public enum PoolRules {
  /// The pool of API calls.
  public static let api = "api"
  /// The pool of local commands that name no other.
  public static let exec = "exec"
  /// How many workers `exec` has unless the configuration says otherwise.
  public static let execWorkers = 8
  /// How many workers a pool may have.
  public static let size = 0...256
  /// For so long the process of a worker on demand waits for the next job.
  public static let idleLimit = Duration.seconds(60)

  /// Whether a text can name a pool: letters, digits, `_` and `-`, and a letter first.
  public static func isName(_ name: String) -> Bool {
    isPlainName(name) && !name.utf8.contains(UInt8(ascii: ".")) && name.first?.isLetter == true
  }

  /// Why nothing of a pool runs in which no worker takes a job, and the command that changes that.
  ///
  /// - Parameter size: how many workers there may be.
  public static func standstill(of pool: String, size: Int) -> (what: String, command: String) {
    guard size > 0 else { return ("the pool \(pool) has no workers", "honeydew pool resize \(pool) 1") }
    guard pool != api else { return ("all workers are stopped", "honeydew worker start 1") }
    return ("all workers of the pool \(pool) are stopped", "honeydew worker start \(pool)/1")
  }

  /// The pool that carries out a command.
  ///
  /// - Parameters:
  ///   - wanted: the one that was asked for; empty for none.
  ///   - known: the names of all pools.
  /// - Throws: where there is no such pool, or it is one for other commands.
  public static func pool(
    of command: Command, wanted: String, among known: Set<String>
  ) throws(Refusal) -> String {
    guard !wanted.isEmpty else { return command.isLocal ? exec : api }
    guard known.contains(wanted) else { throw .poolNotFound(wanted, among: known.sorted()) }
    switch command.target {
    case .local where wanted == api:
      throw .invalid("pool", "the pool api runs no local commands; its workers are sealed off")
    case .api, .document, .internalCall:
      guard wanted == api else { throw .invalid("pool", "calls of the API run in the pool api, not in \(wanted)") }
    case .local, .diagnostic: break
    }
    return wanted
  }
}

internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem

/// What a turn has decided to do to the world. `Interpreter` carries it out, and nobody else; it decides nothing.
enum Effect {
  // To workers.
  case spawn(Worker)
  case signal(Worker, [Int32])
  /// A frame that depends on no row.
  case send(Worker, Slot.Message)
  /// The work that was assigned to the worker is stored: its `Run` may leave.
  case run(Worker, WorkID)
  /// The job's cancellation is stored: its attempt is to stop.
  case stopAttempt(Worker, WorkID)
  /// The worker's result is stored: its `Ack` may leave.
  case acknowledge(Worker, WorkID)
  /// Reaps adopted children that have ended.
  case reapOrphans
  /// Kills and reaps what ended workers have left behind.
  case endOrphans

  // To clients.
  case reply(Reply)
  /// For a client that waits for jobs to end.
  case waited(WaitMessage)
  /// Begins to send a result, as fast as the client takes it.
  case stream(any StreamedAnswer)
  /// The end of the attempt whose output a client follows is stored.
  case endOutput(OutputStream)

  // To the log, the statistics and the disk.
  indirect case report(JobEvent)
  indirect case log(LogRecord)
  /// A file under `results/`, by its name.
  case removeResult(String)
  /// What these attempts of a local command have written.
  case removeOutputs(of: String, ClosedRange<Int32>)
  /// The environment's new tokens are on disk.
  case tokensStored(AuthDesk, environment: String)
  /// The change of the master key is on disk.
  case placeNextKey(KeyDesk)

  /// When an effect may leave.
  enum Release {
    /// At the end of its turn, whatever becomes of the turn's writes.
    case always
    /// When the turn is committed: it survives the death of the process.
    case committed
    /// When the turn is on disk: it survives a loss of power. Whatever tells a client of stored state is of this kind.
    case synced
  }
}

/// What a line of the log will say.
struct LogRecord {
  var level = Log.Level.info
  var component: LogComponent
  var message: String
  var fields: LogFields = [:]
}

internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem

/// Carries out effects: the one place in which what was decided reaches workers, clients, the log and the disk.
final class Interpreter {
  private let pool: Pool
  private let log: Log
  private let statistics: Statistics
  private let turn: Turn
  /// Where the long results are.
  private let results: String

  init(turn: Turn, pool: Pool, statistics: Statistics, log: Log, results: String) {
    self.turn = turn
    self.pool = pool
    self.statistics = statistics
    self.log = log
    self.results = results
  }

  func carryOut(_ effect: Effect) {
    switch effect {
    case .spawn(let worker): pool.spawn(worker)
    case .signal(let worker, let signals): for signal in signals { worker.process?.signalGroup(signal) }
    case .send(let worker, let message): pool.send(message, to: worker)
    case .run(let worker, let work), .acknowledge(let worker, let work): pool.committed(work, of: worker)
    case .reapOrphans: pool.reapOrphans()
    case .stopAttempt(let worker, let work): pool.stopAttempt(work, of: worker)
    case .endOrphans: pool.endOrphans()
    case .reply(let reply): reply.send()
    case .waited(let message): message.send()
    case .stream(let stream): stream.pump()
    case .report(let event):
      statistics.note(event, at: turn.now)
      if let record = LogRecord(event) { write(record) }
    case .log(let record): write(record)
    case .removeResult(let file): _ = try? Directory(results).remove(file)
    case .tokensStored(let auth, let environment): auth.settled(environment: environment)
    case .placeNextKey(let keys): keys.placeNextKey()
    }
  }

  /// Cancels an effect whose turn is lost or whose write was refused: a client is told why.
  func discard(_ effect: Effect, _ refusal: Refusal) {
    switch effect {
    case .reply(let reply): reply.fail(Status(refusal))
    case .waited(let message): message.takeBack()
    case .tokensStored(let auth, let environment): auth.settled(environment: environment)
    case .placeNextKey(let keys): keys.tellClient(Status(refusal))
    case .stream(let stream): stream.fail(Status(refusal))
    case .run(let worker, let work): pool.takeBack(work, from: worker)
    case .spawn, .signal, .send, .stopAttempt, .acknowledge, .reapOrphans, .endOrphans, .report, .log, .removeResult:
      break
    }
  }

  private func write(_ record: LogRecord) {
    let log = log.of(record.component)
    // Who has changed what is on record, however little else of the log is wanted.
    if record.component == .audit {
      log.record(record.level, record.message, record.fields)
    } else {
      log.log(record.level, record.message, record.fields)
    }
  }
}

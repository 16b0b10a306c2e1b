internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem

/// Carries out effects: the one place in which what was decided reaches workers, clients, the log and the disk.
final class Interpreter {
  private let workers: WorkerDesk
  private let log: Log
  private let statistics: Statistics
  private let turn: Turn
  /// Where the long results are.
  private let results: String
  /// Where the outputs of local commands are.
  private let outputs: String

  init(turn: Turn, workers: WorkerDesk, statistics: Statistics, log: Log, home: Home) {
    self.turn = turn
    self.workers = workers
    self.statistics = statistics
    self.log = log
    results = home.results
    outputs = home.output
  }

  func carryOut(_ effect: Effect) {
    switch effect {
    case .spawn(let worker): workers.spawn(worker)
    case .signal(let worker, let signals): for signal in signals { worker.process?.signalGroup(signal) }
    case .send(let worker, let message): workers.send(message, to: worker)
    case .run(let worker, let work), .acknowledge(let worker, let work): workers.committed(work, of: worker)
    case .reapOrphans: workers.reapOrphans()
    case .stopAttempt(let worker, let work): workers.stopAttempt(work, of: worker)
    case .endOrphans: workers.endOrphans()
    case .reply(let reply): reply.send()
    case .waited(let message): message.send()
    case .stream(let stream): stream.pump()
    case .endOutput(let stream): stream.end()
    case .report(let event):
      statistics.note(event, at: turn.now)
      if let record = LogRecord(event) { write(record) }
    case .log(let record): write(record)
    case .removeResult(let file): _ = try? Directory(results).remove(file)
    case .removeOutputs(let id, let attempts): OutputPlace(outputs).remove(of: id, attempts)
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
    case .endOutput(let stream): stream.fail(Status(refusal))
    case .run(let worker, let work): workers.takeBack(work, from: worker)
    case .spawn, .signal, .send, .stopAttempt, .acknowledge, .reapOrphans, .endOrphans, .report, .log, .removeResult,
      .removeOutputs:
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

import Glibc
internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewJSON
internal import HoneydewSystem

/// A program of this machine with all that it starts: it has ended when nothing of that is left.
final class LocalRunner: CommandRunner {
  /// What a command gets at most when its daemon is gone.
  private static let graceOfAbandoned = Duration.seconds(3)

  private let place: LocalPlace
  private let streams: CommandStreams
  private let leader: CommandProcess
  private let startedAt = Clock.monotonic()
  private let timeoutMilliseconds: Int64
  private var ending: TreeEnding
  /// Why it is ended before its time.
  private var cut: Cut?
  private var leaderEnd: (status: ExitStatus, at: Duration)?
  private var isOutOfReach = false

  /// Starts the command.
  ///
  /// - Throws: why it could not be started.
  init(_ run: Honeydew_Worker_Run, payload: JSONValue, place: LocalPlace) throws(APIFailure) {
    let command: LocalCommand
    do throws(PayloadError) {
      command = try LocalCommand(payload: payload)
    } catch {
      throw APIFailure(.invalidPayload, "\(error)", wasNotSent: true)
    }
    self.place = place
    timeoutMilliseconds = run.timeoutMs
    ending = TreeEnding(grace: command.grace)
    place.tree.begin()
    let start = CommandProcess.Start(command, environment: place.environment(command.environment, of: AttemptID(run)))
    let file = CommandOutput(in: place.outputs, name: run.outputName, limit: run.maxOutputBytes)
    do throws(Errno) {
      streams = try CommandStreams(input: command.input, usesTerminal: command.usesTerminal, file: file)
    } catch {
      throw APIFailure(.execFailed, "cannot make the pipes of the command: \(error)", wasNotSent: true)
    }
    do throws(CommandProcess.Failure) {
      leader = try CommandProcess(start, streams.theirs)
    } catch {
      throw APIFailure(.execFailed, error.sentence(of: start), wasNotSent: true)
    }
    streams.closeTheirs()
  }

  var pid: Int32 { leader.pid }

  var pause: Pause {
    .events(streams.interests, until: [streams.deadline, ending.deadline].compactMap { $0 }.min())
  }

  func step(now: Duration) -> Outcome? {
    streams.step(now: now)
    let reaped = place.tree.reap()
    if let end = reaped.ended.first(where: { $0.pid == leader.pid }) { leaderEnd = (end.status, now) }
    let look = TreeEnding.Look(
      leaderHasEnded: leaderEnd != nil, isEmpty: reaped.isEmpty, isOutOfReach: isOutOfReach)
    carryOut(ending.step(look, now: now))
    guard ending.hasEnded else { return nil }
    streams.finish()
    return outcome(report(survivors: reaped.isEmpty ? [] : place.tree.abandon(), now: now))
  }

  /// It has an effect outside from its start on.
  func abort(_ cut: Cut, now: Duration) -> Bool? {
    // A command that has ended by itself has its own outcome, whatever of it goes on.
    if leaderEnd == nil { self.cut = cut }
    carryOut(ending.stop(grace: cut == .abandoned ? Self.graceOfAbandoned : nil, now: now))
    return nil
  }

  func signal(_ number: Int32) {
    // The number of the group is the leader's as long as that is not reaped.
    if leaderEnd == nil { _ = kill(-leader.pid, number) } else { place.tree.signal(number) }
  }

  private func carryOut(_ actions: [TreeEnding.Action]) {
    for action in actions {
      switch action {
      case .askGroup:
        for number in [SIGTERM, SIGCONT] { _ = kill(-leader.pid, number) }
      case .askAll:
        for number in [SIGTERM, SIGCONT] { place.tree.signal(number) }
      case .askRest:
        for number in [SIGTERM, SIGCONT] { place.tree.signal(number, outside: leader.pid) }
      case .killAll: isOutOfReach = !place.tree.kill()
      }
    }
  }

  private func report(survivors: [(pid: Int32, name: String)], now: Duration) -> CommandReport {
    let usage = place.tree.usage
    return CommandReport(
      end: leaderEnd.map { CommandReport.End($0.status) }, wallTime: (leaderEnd?.at ?? now) - startedAt,
      processorTime: usage.cpuTime, maximumResidentBytes: usage.maximumResidentBytes,
      outputBytes: streams.byteCount, droppedBytes: streams.droppedBytes,
      survivors: survivors.map { CommandReport.Survivor(pid: $0.pid, name: $0.name) })
  }

  private func outcome(_ report: CommandReport) -> Outcome {
    let data = report.json.serialized
    let text = report.sentence + report.warning
    return switch cut {
    case nil: report.isSuccess ? .data(data) : .failure(APIFailure(.exitStatus, text, data: data))
    case .cancelled, .abandoned: .failure(APIFailure(.cancelled, "cancelled on request; \(text)", data: data))
    case .timedOut:
      .failure(APIFailure(.timeout, "not finished within \(timeoutMilliseconds) ms; \(text)", data: data))
    }
  }
}

extension CommandReport.End {
  fileprivate init(_ status: ExitStatus) {
    switch status {
    case .exited(let code): self = .exited(status: code)
    case .signalled(let number, _): self = .signalled(number: number, name: signalName(number))
    }
  }
}

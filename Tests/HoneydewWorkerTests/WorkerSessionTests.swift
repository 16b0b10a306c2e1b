import HoneydewFrames
import HoneydewProtobuf
import Testing

@testable import HoneydewWorker

@Suite struct WorkerSessionTests {
  typealias Message = Honeydew_Worker_ToWorker.OneOf_Message

  private static let first = AttemptID(jobID: "first", attempt: 2)

  private static func run(_ id: AttemptID) -> Honeydew_Worker_Run {
    .with { ($0.jobID, $0.attempt) = (id.jobID, id.attempt) }
  }

  private static func ack(_ jobID: String, _ attempt: Int32) -> Message {
    .ack(.with { ($0.jobID, $0.attempt) = (jobID, attempt) })
  }

  private static func cancel(_ jobID: String, _ attempt: Int32) -> Message {
    .cancel(.with { ($0.jobID, $0.attempt) = (jobID, attempt) })
  }

  private func session(_ state: WorkerSession.State) -> WorkerSession {
    var session = WorkerSession()
    if state == .idle { return session }
    _ = session.handle(.run(Self.run(Self.first)))
    if state == .running(Self.first) { return session }
    #expect(session.answer() == Self.first)
    return session
  }

  @Test("A job is begun, answered once, and followed by the next")
  func cycle() {
    var session = WorkerSession()
    for attempt: Int32 in 1...3 {
      let id = AttemptID(jobID: "job", attempt: attempt)
      #expect(session.handle(.run(Self.run(id))) == .begin(Self.run(id)))
      #expect(session.state == .running(id))
      #expect(session.answer() == id)
      #expect(session.answer() == nil)
      #expect(session.handle(Self.ack("job", attempt)) == .nothing)
      #expect(session.state == .idle)
    }
  }

  @Test(
    "A message out of turn has no action and changes nothing",
    arguments: [
      (.idle, ack("first", 2)), (.running(first), ack("first", 2)), (.answered(first), ack("first", 1)),
      (.answered(first), ack("other", 2)), (.running(first), .run(run(first))), (.answered(first), .run(run(first))),
    ] as [(WorkerSession.State, Message)])
  func outOfTurn(state: WorkerSession.State, message: Message) {
    var session = session(state)
    #expect(session.handle(message) == nil)
    #expect(session.state == state)
  }

  @Test(
    "Only the cancel of the very attempt that runs ends it",
    arguments: [
      (.running(first), cancel("first", 2), .cancel), (.running(first), cancel("first", 1), .nothing),
      (.running(first), cancel("other", 2), .nothing), (.answered(first), cancel("first", 2), .nothing),
      (.idle, cancel("first", 2), .nothing),
    ] as [(WorkerSession.State, Message, WorkerSession.Action)])
  func cancels(state: WorkerSession.State, message: Message, action: WorkerSession.Action) {
    var session = session(state)
    #expect(session.handle(message) == action)
    #expect(session.state == state)
  }

  @Test("Exit is followed at once without a job, otherwise after the job's ack")
  func exit() {
    var idle = session(.idle)
    #expect(idle.handle(.exit(.init())) == .exit)
    for state in [WorkerSession.State.running(Self.first), .answered(Self.first)] {
      var session = session(state)
      #expect(session.handle(.exit(.init())) == .nothing)
      if state == .running(Self.first) { #expect(session.answer() == Self.first) }
      #expect(session.handle(Self.ack("first", 2)) == .exit)
    }
  }
}

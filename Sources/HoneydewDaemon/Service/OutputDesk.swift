internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem

/// The clients that follow the outputs of local commands: told of what is written as it is written, until the attempt has
/// ended. While there are none nothing is watched.
final class OutputDesk: TurnOwner {
  /// How many there may be: each change of a file is looked up among them.
  private static let limit = 1000

  private let turn: Turn
  private let workers: WorkerDesk
  private let loop: EventLoop
  private let directory: String
  private var followers: [OutputStream] = []
  /// Those of them whose attempts are over, as soon as nothing of them runs.
  private var ended: [OutputStream] = []
  private var watch: DirectoryWatch?

  init(turn: Turn, workers: WorkerDesk, loop: EventLoop, directory: String) {
    self.turn = turn
    self.workers = workers
    self.loop = loop
    self.directory = directory
  }

  /// Makes ready for one more follower, before there is a stream for it.
  ///
  /// - Throws: a refusal where there can be none.
  func prepare() throws(Refusal) {
    guard followers.count < Self.limit else {
      throw Refusal(
        .tooManyWaits, "\(Self.limit) outputs are followed already; end one of those, or read without follow")
    }
    if watch == nil {
      do throws(Errno) {
        watch = try DirectoryWatch(directory, on: loop) { [unowned self] in changed($0) }
      } catch {
        throw Refusal(.outOfDescriptors, "outputs cannot be followed: \(error)")
      }
    }
  }

  /// Follows an output until its attempt ends.
  func follow(_ stream: OutputStream) {
    followers.append(stream)
    stream.onEnd = { [unowned self, unowned stream] in leave(stream) }
  }

  private func leave(_ stream: OutputStream) {
    followers.removeAll { $0 === stream }
    if followers.isEmpty { watch = nil }
  }

  private func changed(_ names: Set<String>?) {
    for follower in followers where names?.contains(follower.name) ?? true { follower.pump() }
  }

  /// Takes what has happened to jobs.
  func note(_ events: [JobEvent]) {
    guard !followers.isEmpty else { return }
    let over = Dictionary(
      events.compactMap { event in event.endsAttempts.map { (event.id, $0) } }, uniquingKeysWith: max)
    for follower in followers where over[follower.id].map({ follower.attempt <= $0 }) ?? false {
      ended.append(follower)
    }
    endThose()
  }

  /// A cancelled attempt may go on to write while it ends.
  func step() { endThose() }

  private func endThose() {
    guard !ended.isEmpty else { return }
    ended = ended.filter { stream in
      let work = WorkID(id: stream.id, attempt: stream.attempt)
      guard workers.worker(with: work)?.slot.mayRun(work.id) != true else { return true }
      turn.plan(.endOutput(stream), when: .synced)
      return false
    }
  }

  func failAll(_ refusal: Refusal) {
    for follower in followers { follower.fail(Status(refusal)) }
    (followers, ended, watch) = ([], [], nil)
  }
}

extension JobEvent {
  /// The last attempt of which nothing more is to come after it; nil where it says nothing about that.
  fileprivate var endsAttempts: Int32? {
    switch kind {
    case .retrying, .requeued: attempt
    // Of a pending job somebody may follow the attempt that never came.
    case .completed, .failed, .cancelled, .removed: attempt + 1
    case .submitted, .started, .reopened, .reprioritized: nil
    }
  }
}

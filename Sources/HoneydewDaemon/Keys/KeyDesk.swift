internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewVault

/// The master key's change.
///
/// A helper makes the next key beside the present one. What is sealed in the database is resealed in steps, kept in
/// memory, and committed in one transaction together with the check of the key; after it the next key takes its place.
/// At every moment one of the two files opens the database, and a start finds out which.
final class KeyDesk: TurnOwner {
  /// The derivation takes a fraction of a second; a machine may be busy.
  private static let derivationLimit = Duration.seconds(60)

  private enum Phase {
    /// The helper is at work; the salt is that of the next key.
    case deriving(Helper, salt: [UInt8])
    /// The helper has ended.
    case derived(Helper, Termination, salt: [UInt8])
    /// Payloads are being resealed.
    case sealing
    /// The transaction is decided. When it is lost, only the store knows which vault is right.
    case committing(previous: Vault, next: Vault, resealed: Int)
    /// The transaction is on disk, and the next key was put in its place, or could not be.
    case placed(failure: String?, resealed: Int)
    /// The database is sealed under the next key, whose file could not be put in its place.
    case unplaced
  }

  private let turn: Turn
  private let loop: EventLoop
  private let jobs: JobBook
  private let schedules: ScheduleBook
  private let auth: AuthDesk
  private let steps: StepQueue
  private let workers: WorkerDesk
  private let drain: DrainDesk
  private let source: KeySource
  private let home: Home
  private var phase: Phase?
  private var client: UnaryCall<Honeydew_RotateKeyResponse>?

  init(
    turn: Turn, loop: EventLoop, jobs: JobBook, schedules: ScheduleBook, auth: AuthDesk, steps: StepQueue,
    workers: WorkerDesk,
    drain: DrainDesk, source: KeySource, home: Home
  ) {
    self.turn = turn
    self.loop = loop
    self.jobs = jobs
    self.schedules = schedules
    self.auth = auth
    self.steps = steps
    self.workers = workers
    self.drain = drain
    self.source = source
    self.home = home
  }

  /// Whether the rows' payloads may be sealed under another key than the vault's.
  var isCommitting: Bool { if case .committing = phase { true } else { false } }

  /// Whether payloads are still to be resealed.
  var isSealing: Bool { if case .sealing = phase { true } else { false } }

  var deadline: Duration? {
    switch phase {
    case .derived, .placed: turn.now
    default: nil
    }
  }

  // MARK: a change on request

  /// Begins to change the key; the client is answered when it has changed.
  func rotate(_ client: UnaryCall<Honeydew_RotateKeyResponse>) throws(Refusal) {
    guard case .file(let path) = source else { throw .keyIsCredential(source.path, home.masterKey) }
    if case .unplaced = phase {
      if let failure = adoptNextKey() { throw .keyRotationFailed(failure) }
      phase = nil
    }
    guard phase == nil else { throw .keyRotationRunning }
    do {
      let salt = try randomBytes(16)
      let helper = try Helper(
        ["--make-next-key", path, salt.hexadecimal], marker: try Files.realPath(home.directory),
        limit: Self.derivationLimit, on: loop
      ) { [unowned self] helper, end in
        workers.helpers.remove(helper.pid)
        if case .deriving(_, let salt) = phase { phase = .derived(helper, end, salt: salt) }
      }
      workers.helpers.insert(helper.pid)
      phase = .deriving(helper, salt: salt)
      self.client = client
    } catch {
      throw .keyRotationFailed("\(error)")
    }
    CrashPoint.rotating.pass()
  }

  func step() {
    if drain.isDraining { abandon(.shuttingDown) }
    switch phase {
    case .derived(let helper, let end, let salt): derived(helper, end, salt)
    case .placed(let failure, let resealed): placed(failure, resealed: resealed)
    default: break
    }
  }

  private func derived(_ helper: Helper, _ end: Termination, _ salt: [UInt8]) {
    turn.beginDecision()
    turn.plan(.endOrphans, when: .always)
    CrashPoint.rotating.pass()
    do {
      guard end.status == .exited(code: 0) else {
        return abandon(.keyRotationFailed("the helper \(end.status)\(helper.words)"))
      }
      let next = try Vault(readingKeyFrom: helper.fileNumber)
      phase = .sealing
      steps.begin(
        Resealing(
          from: auth.environments.vault, to: next, check: try KeyCheck(next, salt: salt), jobs: jobs,
          schedules: schedules, keys: self))
    } catch {
      abandon(.keyRotationFailed("\(error)"))
    }
  }

  /// Decides the transaction after which everything is sealed under the next key.
  ///
  /// - Parameter payloads: those of jobs and schedules, resealed.
  func switchVault(to next: Vault, _ check: KeyCheck, writing payloads: [StoreWrite]) throws(VaultError) {
    let previous = auth.environments.vault
    jobs.replacePayloads { job in
      (try? reseal(job.payload, of: job.command, Job.row(id: job.id), from: previous, to: next)) ?? job.payload
    }
    schedules.replacePayloads { schedule in
      let row = Schedule.row(id: schedule.id)
      return (try? reseal(schedule.payload, of: schedule.command, row, from: previous, to: next)) ?? schedule.payload
    }
    let logins = try auth.environments.reseal(under: next, at: turn.wallNow)
    turn.write(payloads + logins + check.writes)
    phase = .committing(previous: previous, next: next, resealed: payloads.count + logins.count)
    CrashPoint.rotating.pass()
    turn.plan(.placeNextKey(self), when: .synced)
  }

  /// Puts the next key in its place, once the transaction is on disk.
  func placeNextKey() {
    guard case .committing(_, _, let resealed) = phase else { return }
    CrashPoint.rotating.pass()
    phase = .placed(failure: adoptNextKey(), resealed: resealed)
    CrashPoint.rotating.pass()
  }

  /// - Returns: why it could not be.
  private func adoptNextKey() -> String? {
    do {
      try MasterKey.adoptNext(of: source.path)
      return nil
    } catch {
      return "\(error) Everything is sealed under \(MasterKey.next(of: source.path)): do not remove it. Ask again, or "
        + "start the daemon again, when the cause is gone"
    }
  }

  private func placed(_ failure: String?, resealed: Int) {
    phase = failure == nil ? nil : .unplaced
    if let failure {
      let refusal = Refusal.keyRotationFailed(failure)
      turn.log(.error, .auth, "master key not in its place", ["error": .string(refusal.text)], when: .always)
      return refuse(refusal)
    }
    turn.log(.info, .auth, "master key changed", ["resealed": .int(resealed)], when: .always)
    guard let client = client.take() else { return }
    turn.answer(client, .with { $0.resealed = Int64(resealed) })
  }

  /// Ends a change that has not come to its transaction.
  func abandon(_ refusal: Refusal) {
    switch phase {
    case .deriving(let helper, _):
      helper.kill()
      // It is an orphan now, to be reaped like any other.
      workers.helpers.remove(helper.pid)
    case .derived, .sealing: break
    case .committing, .placed, .unplaced, nil: return
    }
    phase = nil
    MasterKey.discardNext(of: source.path)
    refuse(refusal)
  }

  private func refuse(_ refusal: Refusal) {
    if let client = client.take() { turn.refuse(client, refusal) }
  }

  /// Ends the client's call: whether the key has changed is found out when the store is open again.
  func tellClient(_ status: Status) {
    client.take()?.fail(status)
  }

  /// Finds out, when the store is open again, whether the transaction was committed whose commit failed.
  func settle(with store: Store) throws(StoreError) {
    guard case .committing(let previous, let next, let resealed) = phase else { return }
    guard let check = try KeyCheck(store), check.isRight(next) else {
      auth.environments.use(previous)
      phase = nil
      return MasterKey.discardNext(of: source.path)
    }
    auth.environments.use(next)
    phase = .placed(failure: adoptNextKey(), resealed: resealed)
  }

  // MARK: payloads

  /// The job's payload with its secret arguments in the open.
  func open(_ job: Job) throws(VaultError) -> [UInt8] {
    try open(job.payload, of: job.command, row: Job.row(id: job.id))
  }

  /// The schedule's payload with its secret arguments in the open.
  func open(_ schedule: Schedule) throws(Refusal) -> [UInt8] {
    do {
      return try open(schedule.payload, of: schedule.command, row: Schedule.row(id: schedule.id))
    } catch {
      throw .sealingFailed("the secret arguments of schedule \(schedule.name)", error)
    }
  }

  /// The payload as it may be stored in the row.
  func seal(_ payload: [UInt8], of command: Command, row: String) throws(Refusal) -> [UInt8] {
    do {
      return try auth.environments.vault.seal(payload: payload, of: command, row: row)
    } catch {
      throw .sealingFailed("the secret arguments", error)
    }
  }

  private func open(_ payload: [UInt8], of name: String, row: String) throws(VaultError) -> [UInt8] {
    guard let command = CommandRegistry.find(name), command.hasSecrets else { return payload }
    // Until the commit, what is read from the store is sealed under the previous key.
    if case .committing(let previous, _, _) = phase,
      let opened = try? previous.open(payload: payload, of: command, row: row)
    {
      return opened
    }
    return try auth.environments.vault.open(payload: payload, of: command, row: row)
  }
}

extension Schedule {
  /// What its sealed arguments are bound to.
  static func row(id: String) -> String { "schedules/\(id)" }
}

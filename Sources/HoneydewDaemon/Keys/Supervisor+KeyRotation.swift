internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewVault
internal import HoneydewWire

extension DaemonService {
  func rotateKey(_ request: Honeydew_RotateKeyRequest, _ call: UnaryCall<Honeydew_RotateKeyResponse>) {
    do throws(Status) {
      try supervisor.rotateKey(call)
    } catch {
      call.fail(error)
    }
  }
}

extension Supervisor {
  /// The derivation takes a fraction of a second; a machine may be busy.
  private static let derivationLimit = Duration.seconds(60)

  fileprivate func rotateKey(_ call: UnaryCall<Honeydew_RotateKeyResponse>) throws(Status) {
    try requireStore(forWriting: true)
    guard case .file(let path) = keySource else { throw .keyIsCredential(keySource.path, home.masterKey) }
    if case .unplaced = rotation?.phase {
      try placeNextKey()
    }
    guard rotation == nil else {
      throw .error(
        .failedPrecondition, "the key is being changed already; wait for that", reason: "KEY_ROTATION_RUNNING")
    }
    do {
      let salt = try randomBytes(16)
      let helper = try Helper(
        ["--make-next-key", path, salt.hexadecimal], marker: try Files.realPath(home.directory),
        limit: Self.derivationLimit, on: loop
      ) { [unowned self] in derivationEnded($0, $1) }
      pool.helpers.insert(helper.pid)
      rotation = KeyRotation(phase: .deriving(helper, salt: salt), call: call)
    } catch {
      throw .rotationFailed("\(error)")
    }
    CrashPoint.rotating.pass()
  }

  private func derivationEnded(_ helper: Helper, _ end: Termination) {
    pool.helpers.remove(helper.pid)
    turn.always { [pool] in pool!.childEnded() }
    guard case .deriving(_, let salt) = rotation?.phase else { return }
    CrashPoint.rotating.pass()
    do {
      guard end.status == .exited(code: 0) else {
        return abandonRotation(.rotationFailed("the helper \(end.status)\(helper.words)"))
      }
      let next = try Vault(readingKeyFrom: helper.fileNumber)
      let check = try KeyCheck(next, salt: salt)
      rotation?.phase = .sealing
      // Not now: what clients ask for in this turn is decided first, and sealed anew with the rest.
      sweeper.operations.append(resealing(under: next, check))
    } catch {
      abandonRotation(.rotationFailed("\(error)"))
    }
  }

  // MARK: sealing anew

  /// Seals the payloads of jobs anew in steps, and in the last one everything else.
  private func resealing(under next: Vault, _ check: KeyCheck) -> Operation {
    let commands = CommandRegistry.all.filter(\.hasSecrets)
    var positions = [Int64](repeating: 0, count: commands.count)
    var resealed: [StoreWrite] = []
    return Operation { [unowned self] store throws(StoreError) in
      guard case .sealing = rotation?.phase else { return true }
      let committed = jobs.lastCommitted
      do {
        for (index, command) in commands.enumerated() {
          let end = min(positions[index] + Sweeper.window, committed)
          let found = try store.payloads(of: command.name, after: positions[index], upTo: end, limit: Sweeper.step)
          for row in found {
            guard let payload = try reseal(row.payload, of: command, Job.row(id: row.id), next) else { continue }
            resealed.append(.setPayload(sequence: row.sequence, payload: payload))
          }
          positions[index] = found.count == Sweeper.step ? found[found.count - 1].sequence : end
        }
        guard positions.allSatisfy({ $0 >= committed }) else { return false }
        for row in try store.schedulePayloads() where !schedules.hasChanged(row.id) {
          guard let command = CommandRegistry.find(row.command), command.hasSecrets,
            let payload = try reseal(row.payload, of: command, Schedule.row(id: row.id), next)
          else { continue }
          resealed.append(.setSchedulePayload(id: row.id, payload: payload))
        }
        try switchVault(to: next, check, writing: resealed)
      } catch let error as StoreError {
        throw error
      } catch {
        abandonRotation(.rotationFailed("\(error)"))
      }
      return true
    } abandon: { [unowned self] in
      abandonRotation($0)
    }
  }

  /// Opens a stored payload.
  ///
  /// - Parameter row: what its sealed arguments are bound to.
  func open(_ payload: [UInt8], of name: String, row: String) throws(VaultError) -> [UInt8] {
    guard let command = CommandRegistry.find(name), command.hasSecrets else { return payload }
    // Until the commit, what is read from the store is sealed under the previous key.
    if case .committing(let previous, _) = rotation?.phase,
      let opened = try? previous.open(payload: payload, of: command, row: row)
    {
      return opened
    }
    return try environments.vault.open(payload: payload, of: command, row: row)
  }

  /// nil for a payload that does not open, which a new key would not change.
  private func reseal(
    _ payload: [UInt8], of command: Command, _ row: String, _ next: Vault
  ) throws(VaultError) -> [UInt8]? {
    guard let opened = try? environments.vault.open(payload: payload, of: command, row: row) else { return nil }
    return try next.seal(payload: opened, of: command, row: row)
  }

  private func switchVault(to next: Vault, _ check: KeyCheck, writing payloads: [StoreWrite]) throws(VaultError) {
    let previous = environments.vault
    jobs.replacePayloads { [unowned self] job in
      guard let command = CommandRegistry.find(job.command), command.hasSecrets else { return job.payload }
      return (try? reseal(job.payload, of: command, Job.row(id: job.id), next)) ?? job.payload
    }
    schedules.replacePayloads { [unowned self] schedule in
      guard let command = CommandRegistry.find(schedule.command), command.hasSecrets else { return schedule.payload }
      return (try? reseal(schedule.payload, of: command, Schedule.row(id: schedule.id), next)) ?? schedule.payload
    }
    let logins = try environments.reseal(under: next, at: wallNow)
    for write in payloads + logins + check.writes { turn.write(write) }
    rotation?.phase = .committing(previous: previous, next: next)
    CrashPoint.rotating.pass()
    turn.makeDurable()
    turn.afterCommit { [unowned self] in
      CrashPoint.rotating.pass()
      rotationCommitted(resealed: payloads.count + logins.count)
    } otherwise: { [unowned self] in
      rotation?.call.fail(.storeUnavailable)
    }
  }

  // MARK: the end

  private func rotationCommitted(resealed: Int) {
    guard let call = rotation?.call else { return }
    do throws(Status) {
      try placeNextKey()
      log.of(.auth).info("master key changed", ["resealed": .int(resealed)])
      call.respond(.with { $0.resealed = Int64(resealed) })
    } catch {
      log.of(.auth).error("master key not in its place", ["error": .string(error.message)])
      call.fail(error)
    }
  }

  /// Ends a rotation whose transaction is committed.
  private func placeNextKey() throws(Status) {
    rotation?.phase = .unplaced
    do {
      try MasterKey.adoptNext(of: keySource.path)
    } catch {
      throw .rotationFailed(
        "\(error) Everything is sealed under \(MasterKey.next(of: keySource.path)): do not remove it. Ask again, or "
          + "start the daemon again, when the cause is gone")
    }
    CrashPoint.rotating.pass()
    rotation = nil
  }

  /// Ends a rotation that has not come to its transaction.
  func abandonRotation(_ status: Status) {
    switch rotation?.phase {
    case .deriving(let helper, _):
      helper.kill()
      // It is an orphan now, to be reaped like any other.
      pool.helpers.remove(helper.pid)
    case .sealing: break
    case .committing, .unplaced, nil: return
    }
    rotation?.call.fail(status)
    rotation = nil
    MasterKey.discardNext(of: keySource.path)
  }

  /// Finds out, when the store is open again, whether the transaction was committed whose commit failed.
  func settleRotation(with store: Store) throws(StoreError) {
    guard case .committing(let previous, let next) = rotation?.phase else { return }
    guard let check = try KeyCheck(store), check.isRight(next) else {
      environments.use(previous)
      rotation = nil
      return MasterKey.discardNext(of: keySource.path)
    }
    environments.use(next)
    do throws(Status) {
      try placeNextKey()
    } catch {
      log.of(.auth).error("master key not in its place", ["error": .string(error.message)])
    }
  }
}

extension Status {
  fileprivate static func rotationFailed(_ text: String) -> Status {
    .error(.internal, "the key was not changed: \(text)", reason: "KEY_ROTATION_FAILED")
  }

  fileprivate static func keyIsCredential(_ credential: String, _ file: String) -> Status {
    .error(
      .failedPrecondition,
      "the master key is a systemd credential (\(credential)), which only the operator can replace. Copy it to "
        + "\(file) with mode 0600, take LoadCredential= out of the unit, restart, rotate, and make the new \(file) the "
        + "credential",
      reason: "KEY_IS_CREDENTIAL")
  }
}

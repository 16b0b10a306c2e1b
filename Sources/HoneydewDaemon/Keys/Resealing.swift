internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewVault

/// Reseals the payloads of jobs in steps, and in the last one everything else.
final class Resealing: Stepwise {
  private let previous: Vault
  private let next: Vault
  private let check: KeyCheck
  private let jobs: JobBook
  private let schedules: ScheduleBook
  private let keys: KeyDesk
  private let commands = CommandRegistry.all.filter(\.hasSecrets)
  /// How far the jobs of each command are done.
  private var positions: [Int64]
  private var resealed: [StoreWrite] = []

  init(
    from previous: Vault, to next: Vault, check: KeyCheck, jobs: JobBook, schedules: ScheduleBook, keys: KeyDesk
  ) {
    self.previous = previous
    self.next = next
    self.check = check
    self.jobs = jobs
    self.schedules = schedules
    self.keys = keys
    positions = [Int64](repeating: 0, count: commands.count)
  }

  func step(_ store: Store) throws(StoreError) -> Bool {
    guard keys.isSealing else { return true }
    do {
      guard try resealJobs(store) else { return false }
      for row in try store.schedulePayloads() where !schedules.hasChanged(row.id) {
        guard let payload = try reseal(row.payload, of: row.command, Schedule.row(id: row.id), from: previous, to: next)
        else { continue }
        resealed.append(.setSchedulePayload(id: row.id, payload: payload))
      }
      try keys.switchVault(to: next, check, writing: resealed)
    } catch let error as StoreError {
      throw error
    } catch {
      keys.abandon(.keyRotationFailed("\(error)"))
    }
    return true
  }

  /// - Returns: whether those of all jobs are done.
  private func resealJobs(_ store: Store) throws -> Bool {
    let committed = jobs.lastCommitted
    for (index, command) in commands.enumerated() {
      let end = min(positions[index] + StepSize.window, committed)
      let found = try store.payloads(of: command.name, after: positions[index], upTo: end, limit: StepSize.rows)
      for row in found {
        let payload = try reseal(row.payload, of: command.name, Job.row(id: row.id), from: previous, to: next)
        if let payload { resealed.append(.setPayload(sequence: row.sequence, payload: payload)) }
      }
      positions[index] = found.count == StepSize.rows ? found[found.count - 1].sequence : end
    }
    return positions.allSatisfy { $0 >= committed }
  }

  func abandon(_ refusal: Refusal) {
    keys.abandon(refusal)
  }
}

/// nil for a payload without secrets, or one that does not open, which a new key would not change.
func reseal(
  _ payload: [UInt8], of name: String, _ row: String, from previous: Vault, to next: Vault
) throws(VaultError) -> [UInt8]? {
  guard let command = CommandRegistry.find(name), command.hasSecrets,
    let opened = try? previous.open(payload: payload, of: command, row: row)
  else { return nil }
  return try next.seal(payload: opened, of: command, row: row)
}

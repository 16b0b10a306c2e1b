internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewStore

/// A set of schedules that is to be as one call says: all of it is checked first, in steps, and then done in one turn. One
/// wrong schedule refuses them all.
final class ScheduleApplication: Stepwise {
  /// Schedules of one step: for each a time zone may have to be read.
  private static let stepSize = 5

  private let changes: ScheduleChanges
  private let jobs: JobBook
  private let client: UnaryCall<Honeydew_ApplySchedulesResponse>
  private let access: Access
  private let set: String
  private let isDryRun: Bool
  private var unchecked: ArraySlice<Honeydew_ScheduleJobRequest>
  private var checked: [Wanted] = []

  /// A schedule of the request, found to be right.
  private struct Wanted {
    var schedule: Schedule
    /// In the open.
    var payload: [UInt8]
    var zone: ZoneRules
    /// Whether one that is there keeps it, since the request says nothing.
    var keepsEnvironment, keepsPause: Bool
  }

  /// What becomes of a schedule.
  private enum Deed {
    case add, change, remove, nothing

    var outcome: String {
      switch self {
      case .add: "added"
      case .change: "changed"
      case .remove: "removed"
      case .nothing: "unchanged"
      }
    }
  }

  init(
    _ request: Honeydew_ApplySchedulesRequest, changes: ScheduleChanges, jobs: JobBook,
    client: UnaryCall<Honeydew_ApplySchedulesResponse>, access: Access
  ) throws(Refusal) {
    self.changes = changes
    self.jobs = jobs
    self.client = client
    self.access = access
    set = request.set.isEmpty ? ScheduleRules.defaultSet : request.set
    isDryRun = request.dryRun
    unchecked = request.schedules[...]
    try ScheduleRules.check(set: set)
    guard unchecked.count <= ScheduleRules.largestSet else {
      throw .invalid(
        "schedules", "there are \(unchecked.count) schedules; at most \(ScheduleRules.largestSet) may be in one set")
    }
    var places: [String: Int] = [:]
    for (index, schedule) in request.schedules.enumerated() {
      guard let earlier = places.updateValue(index, forKey: schedule.name) else { continue }
      throw Refusal.invalid("name", "schedules[\(earlier)] has the same name").atSchedule(index)
    }
  }

  func step(_ store: Store) throws(StoreError) -> Bool {
    guard !client.isCancelled else { return true }
    do throws(Refusal) {
      for request in unchecked.prefix(Self.stepSize) { try check(request) }
      unchecked = unchecked.dropFirst(Self.stepSize)
      guard unchecked.isEmpty else { return false }
      let outcomes = try apply()
      let changed = outcomes.filter { $0.outcome != Deed.nothing.outcome }.map(\.name)
      client.concerns(isDryRun ? [] : changed)
      changes.turn.answer(client, .with { $0.schedules = outcomes })
    } catch {
      changes.turn.refuse(client, error)
    }
    return true
  }

  func abandon(_ refusal: Refusal) {
    changes.turn.refuse(client, refusal)
  }

  private func check(_ request: Honeydew_ScheduleJobRequest) throws(Refusal) {
    do throws(Refusal) {
      try ScheduleRules.check(name: request.name)
      var complete = request
      let old = try changes.book.find(name: request.name)
      if request.environment.isEmpty, old?.command == request.command {
        complete.environment = old?.options.environment ?? ""
      }
      var (schedule, payload, zone) = try changes.make(complete, by: access)
      schedule.set = set
      checked.append(
        Wanted(
          schedule: schedule, payload: payload, zone: zone, keepsEnvironment: request.environment.isEmpty,
          keepsPause: !request.hasPaused))
    } catch {
      throw error.atSchedule(checked.count)
    }
  }

  /// Finds out what is to be done with all of them, and then does it, in one decision.
  private func apply() throws(Refusal) -> [Honeydew_AppliedSchedule] {
    var deeds: [(deed: Deed, schedule: Schedule, differences: [String])] = []
    for (index, wanted) in checked.enumerated() {
      do throws(Refusal) {
        guard let old = try changes.book.find(name: wanted.schedule.name) else {
          deeds.append((.add, wanted.schedule, []))
          continue
        }
        let (schedule, differences) = try change(old, to: wanted)
        deeds.append((differences.isEmpty ? .nothing : .change, schedule, differences))
      } catch {
        throw error.atSchedule(index)
      }
    }
    let names = Set(checked.map(\.schedule.name))
    for schedule in try changes.book.schedules(ofSet: set, of: access.uid) where !names.contains(schedule.name) {
      deeds.append((.remove, schedule, []))
    }
    for (deed, schedule, _) in deeds where !isDryRun {
      switch deed {
      case .add: changes.insert(schedule)
      case .change: changes.update(schedule)
      case .remove: changes.book.remove(schedule)
      case .nothing: break
      }
    }
    return deeds.map(outcome)
  }

  private func change(
    _ old: Schedule, to wanted: Wanted
  ) throws(Refusal) -> (schedule: Schedule, differences: [String]) {
    guard old.submitter == access.uid else { throw .scheduleOfAnotherUser(old.name) }
    if let other = old.set, other != set { throw .scheduleOfAnotherSet(old.name, set: other) }
    var schedule = wanted.schedule
    schedule.id = old.id
    if wanted.keepsPause { schedule.isEnabled = old.isEnabled }
    if wanted.keepsEnvironment, old.command == schedule.command {
      schedule.options.environment = old.options.environment
    }
    try changes.seal(wanted.payload, in: &schedule)
    return try changes.change(old, to: schedule, payload: wanted.payload, in: wanted.zone)
  }

  private func outcome(_ deed: Deed, _ schedule: Schedule, _ differences: [String]) -> Honeydew_AppliedSchedule {
    .with {
      $0.name = schedule.name
      $0.outcome = deed.outcome
      $0.changes = differences
      if deed != .remove { $0.nextRunAt = schedule.nextRunAt?.description ?? "" }
      if deed == .add || deed == .remove { $0.unendedJobs = Int64(jobs.unendedCount(of: schedule.group)) }
    }
  }
}

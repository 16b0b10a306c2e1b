internal import HoneydewCore
internal import HoneydewStore

/// A change of many jobs on request, in steps: of those that are named, all or none, or of those that match a filter.
final class BulkChange: Stepwise {
  enum Change {
    case cancel, reopen, remove

    /// The states in which it makes sense.
    var states: Set<JobStatus> {
      switch self {
      case .cancel: [.pending, .running]
      case .reopen: [.failed, .cancelled]
      case .remove: [.completed, .failed, .cancelled]
      }
    }

    /// Whether it makes sense for a job that was named.
    fileprivate func admits(_ job: JobReference) -> Bool {
      states.contains(job.status) || self == .reopen && job.status == .completed && job.isLocal
    }

    fileprivate var rule: String {
      switch self {
      case .cancel: "it cannot be cancelled"
      case .reopen: "only a failed or cancelled job can be retried, and a local command that has completed"
      case .remove: "only an ended job can be removed; cancel or stop it first"
      }
    }
  }

  /// The jobs that are meant.
  enum Target {
    case named([String])
    case matching(JobFilter)
  }

  private enum Search {
    /// The names that are not looked up yet.
    case names(ArraySlice<String>)
    /// - Parameter after: how far the jobs are looked through, up to `end`.
    case filter(JobFilter, after: Int64, upTo: Int64)
    case over
  }

  private let change: Change
  /// Whether the jobs are only counted.
  private let isDryRun: Bool
  private let turn: Turn
  private let jobs: JobBook
  private let desk: JobDesk
  private let access: Access
  private let answer: (Result<Changed, Refusal>) -> Void
  private var search: Search
  private var found: [JobReference] = []
  private var foundSequences: Set<Int64> = []
  private var changed = Changed()

  /// What has been changed so far.
  struct Changed {
    var count = 0
    /// The first few.
    var ids: [String] = []
  }

  /// - Parameters:
  ///   - isDryRun: whether the jobs are only counted.
  ///   - answer: called once.
  init(
    _ change: Change, of jobs: Target, isDryRun: Bool, by access: Access, turn: Turn, book: JobBook,
    desk: JobDesk,
    answer: @escaping (Result<Changed, Refusal>) -> Void
  ) {
    self.change = change
    self.isDryRun = isDryRun
    self.access = access
    self.turn = turn
    self.jobs = book
    self.desk = desk
    self.answer = answer
    search =
      switch jobs {
      case .named(let names): .names(names[...])
      case .matching(let filter): .filter(filter, after: 0, upTo: book.lastSequence)
      }
  }

  func step(_ store: Store) throws(StoreError) -> Bool {
    if found.isEmpty, case .filter(let filter, let position, let end) = search {
      let windowEnd = position + StepSize.window
      found = try store.jobReferences(filter: filter, after: position, upTo: windowEnd, limit: StepSize.rows)
      let reached = found.count == StepSize.rows ? found[found.count - 1].sequence : windowEnd
      search = reached >= end ? .over : .filter(filter, after: reached, upTo: end)
    }
    do throws(Refusal) {
      if case .names(let names) = search {
        try look(for: names.prefix(StepSize.rows))
        search = names.count > StepSize.rows ? .names(names.dropFirst(StepSize.rows)) : .over
      }
      // Of named jobs none is changed before all are found to be right.
      if case .names = search { return false }
      try apply()
    } catch {
      answer(.failure(error))
      return true
    }
    guard case .over = search, found.isEmpty else { return false }
    answer(.success(changed))
    return true
  }

  private func look(for names: ArraySlice<String>) throws(Refusal) {
    for reference in try jobs.references(of: names, within: access.owned)
    where foundSequences.insert(reference.sequence).inserted {
      guard change.admits(reference) else {
        throw .wrongState(of: reference.id, reference.status, change.rule)
      }
      found.append(reference)
    }
  }

  private func apply() throws(Refusal) {
    for _ in 0..<StepSize.rows {
      guard !turn.isHeavy, let reference = found.popLast() else { return }
      let isChanged =
        switch change {
        case _ where isDryRun: true
        case .cancel: try desk.cancel(reference)
        case .reopen: try desk.reopen(reference, by: access)
        case .remove: desk.remove(reference)
        }
      guard isChanged else { continue }
      changed.count += 1
      if changed.ids.count < AuditLine.shownSubjects { changed.ids.append(reference.id) }
    }
  }

  func abandon(_ refusal: Refusal) {
    answer(.failure(refusal))
  }
}

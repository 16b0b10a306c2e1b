internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewStore

/// Looks the jobs of a `WaitJobs` call up in steps, and has the list wait for them.
final class WaitSearch: Stepwise {
  private let jobs: JobBook
  private let waits: WaitList
  private let reach: Access.Reach
  private let call: StreamingCall<Honeydew_JobStatus>
  private let key: Int32
  private var names: ArraySlice<String>
  private var sequences: Set<Int64> = []

  /// - Parameter reach: whose jobs may be waited for.
  init(
    _ names: [String], within reach: Access.Reach, jobs: JobBook, waits: WaitList,
    call: StreamingCall<Honeydew_JobStatus>
  ) {
    self.reach = reach
    self.names = names[...]
    self.jobs = jobs
    self.waits = waits
    self.call = call
    key = waits.open(call)
  }

  func step(_ store: Store) throws(StoreError) -> Bool {
    guard !call.isCancelled else { return true }
    do throws(Refusal) {
      let found = try jobs.references(of: names.prefix(StepSize.rows), within: reach)
      names = names.dropFirst(StepSize.rows)
      try waits.add(
        found.filter { sequences.insert($0.sequence).inserted }, to: key, isLast: names.isEmpty)
    } catch {
      waits.close(key, error)
      return true
    }
    return names.isEmpty
  }

  func abandon(_ refusal: Refusal) {
    waits.close(key, refusal)
  }
}

/// Finds out, in steps, which of the jobs that are waited for have ended.
final class EndSearch: Stepwise {
  private let waits: WaitList
  private var sequences: ArraySlice<Int64>

  init(_ sequences: [Int64], waits: WaitList) {
    self.sequences = sequences[...]
    self.waits = waits
  }

  func step(_ store: Store) throws(StoreError) -> Bool {
    for sequence in sequences.prefix(StepSize.rows) {
      let job = try store.outline(sequence: sequence)
      if job?.status.isEnd ?? true { waits.jobEnded(sequence) }
    }
    sequences = sequences.dropFirst(StepSize.rows)
    return sequences.isEmpty
  }

  func abandon(_ refusal: Refusal) {}
}

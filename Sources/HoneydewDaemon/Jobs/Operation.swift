internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewWire

/// Long work in small steps, one a turn.
struct Operation {
  /// Takes a step, among the decisions of a turn. True when that was the last one.
  let step: (Store) throws(StoreError) -> Bool
  /// Called in place of the steps that are left, with the reason.
  let abandon: (Status) -> Void
}

extension Supervisor {
  /// Takes the first step now; most operations need no second one.
  func begin(_ operation: Operation) {
    guard let store else { return operation.abandon(.storeUnavailable) }
    do throws(StoreError) {
      if try !operation.step(store) { sweeper.operations.append(operation) }
    } catch {
      operation.abandon(.storeUnavailable)
      storeFailed(error)
    }
  }

  func abandonOperations(_ reason: Status) {
    let operations = sweeper.operations
    sweeper.operations = []
    for operation in operations { operation.abandon(reason) }
  }

  /// Changes all jobs that match a filter.
  ///
  /// - Parameters:
  ///   - apply: decides about some of them, and answers how many it changed.
  ///   - completion: called once, with the number of changed jobs.
  func changeAll(
    _ filter: JobFilter, _ apply: @escaping ([JobReference]) throws(Status) -> Int,
    completion: @escaping (Result<Int, Status>) -> Void
  ) {
    let end = jobs.lastSequence
    var (position, changed): (Int64, Int) = (0, 0)
    begin(
      Operation { store throws(StoreError) in
        let windowEnd = position + Sweeper.window
        let found = try store.jobReferences(
          filter: filter, after: position, upTo: windowEnd, limit: Sweeper.step)
        do throws(Status) {
          changed += try apply(found)
        } catch {
          completion(.failure(error))
          return true
        }
        position = found.count == Sweeper.step ? found[Sweeper.step - 1].sequence : windowEnd
        guard position >= end else { return false }
        completion(.success(changed))
        return true
      } abandon: {
        completion(.failure($0))
      })
  }

  /// Finds a page of jobs, newest first.
  ///
  /// - Parameter completion: called once, with the jobs of the page.
  func list(
    _ filter: JobFilter, before: Int64?, limit: Int, completion: @escaping (Result<[Job], Status>) -> Void
  ) {
    var position = before ?? jobs.lastSequence + 1
    var page: [Job] = []
    begin(
      Operation { store throws(StoreError) in
        let windowEnd = position - Sweeper.window
        page += try store.jobs(filter: filter, before: position, downTo: windowEnd, limit: limit - page.count)
        position = windowEnd
        guard page.count == limit || position <= 0 else { return false }
        completion(.success(page))
        return true
      } abandon: {
        completion(.failure($0))
      })
  }
}

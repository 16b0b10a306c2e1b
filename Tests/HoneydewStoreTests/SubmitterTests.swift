import HoneydewCore
import Testing

@testable import HoneydewStore

/// Jobs of the daemon's own user (7), of root and of two others, one after the other.
@Suite struct `Submitters` {
  private let store: Store
  private static let users: [UInt32] = [7, 0, 8, 9]
  private let directory = TemporaryDirectory()

  init() throws {
    store = try Store(path: directory.database, now: now, owner: 7)
    let writes = (1...40).map { number -> StoreWrite in
      let user = Self.users[number % 4]
      return .insertJob(
        Job(
          id: "a\(number)", sequence: Int64(number), command: "diag.noop", submitter: user, payload: Array("{}".utf8),
          labels: ["team": number % 8 < 4 ? "red" : "blue"],
          idempotency: number <= 4 ? Idempotency(key: "same", options: "{}") : nil, createdAt: now))
    }
    #expect(try store.commit(writes).isEmpty)
  }

  @Test(arguments: users) func `have their jobs listed, and no others`(user: UInt32) throws {
    let jobs = try store.jobs(filter: JobFilter(submitter: user), limit: 100)
    #expect(jobs.count == 10 && jobs.allSatisfy { $0.submitter == user })
    #expect(jobs.map(\.sequence) == jobs.map(\.sequence).sorted(by: >))
    let red = JobFilter(labels: [.init(name: "team", value: "red")], submitter: user)
    #expect(try store.jobs(filter: red, limit: 100).map(\.id) == jobs.filter { $0.labels["team"] == "red" }.map(\.id))
    let references = try store.jobReferences(filter: JobFilter(statuses: [.pending], submitter: user), limit: 100)
    #expect(references.map(\.submitter) == Array(repeating: user, count: 10))
  }

  @Test(arguments: users) func `each have their own idempotency keys`(user: UInt32) throws {
    #expect(try store.job(idempotencyKey: "same", of: user)?.submitter == user)
    #expect(try store.job(idempotencyKey: "same", of: 1) == nil)
  }

  @Test(arguments: users) func `find jobs by the beginnings of ids among their own`(user: UInt32) throws {
    #expect(try store.jobIDs(withPrefix: "a", limit: 100).count == 40)
    let own = try store.jobIDs(withPrefix: "a", of: user, limit: 100)
    #expect(try own.count == 10 && own.allSatisfy { try store.job(id: $0)?.submitter == user })
  }

  @Test func `other than the daemon's own user are found by an index`() throws {
    for filter in [
      JobFilter(submitter: 8), JobFilter(statuses: [.failed], schedules: ["s"], submitter: 8),
      JobFilter(labels: [.init(name: "a", value: "b")], submitter: 8),
    ] {
      for query in [
        JobQuery(filter, .newestFirst, .list, owner: 7), JobQuery(filter, .oldestFirst, .reference, owner: 7),
      ] {
        let plan = try store.database.prepare("EXPLAIN QUERY PLAN " + query.sql).rows { $0.text(3) }
        #expect(plan[0].hasPrefix("SEARCH jobs USING INDEX idx_jobs_submitter (submitted_by=? AND rowid"), "\(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
      }
    }
  }

  @Test func `are kept as they are when the home goes to another user, but for its own jobs`() throws {
    let other = try Store(path: directory.database, now: now, owner: 8)
    #expect(try other.job(id: "a4")?.submitter == 8)
    #expect(try other.job(id: "a2")?.submitter == 8)
    #expect(try other.job(id: "a1")?.submitter == 0)
    #expect(try other.jobs(filter: JobFilter(submitter: 8), limit: 100).count == 20)
  }
}

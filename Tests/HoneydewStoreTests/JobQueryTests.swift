import HoneydewCore
import Testing

@testable import HoneydewStore

/// Filtered reads against the same filter written as a sentence of Swift.
@Suite struct JobQueryTests {
  let directory = TemporaryDirectory()
  let store: Store
  let jobs: [Job]

  init() throws {
    store = try Store(path: directory.database, now: now)
    jobs = (1...60).map { number in
      var job = makeJob(
        number, command: number % 2 == 0 ? "a.b" : "c.d", environment: number % 3 == 0 ? "east" : nil)
      job.status = JobStatus.allCases[number % 5]
      job.createdAt = now + .seconds(number)
      if job.status.isEnd { job.completedAt = now + .seconds(1000 - number) }
      if job.status == .completed { job.result = .spooled(file: "\(job.id).1", size: 1) }
      if number % 4 == 0 { job.labels = ["team": "blue", "n": String(number % 8)] }
      return job
    }
    _ = try store.commit(jobs.map(StoreWrite.insertJob), durable: false)
  }

  private func passes(_ job: Job, _ filter: JobFilter) -> Bool {
    (filter.statuses.isEmpty || filter.statuses.contains(job.status))
      && (filter.commands.isEmpty || filter.commands.contains(job.command))
      && (filter.environments.isEmpty || filter.environments.contains(job.environment ?? ""))
      && filter.labels.allSatisfy { job.labels[$0.name] == $0.value }
      && (filter.createdFrom.map { job.createdAt >= $0 } ?? true)
      && (filter.createdBefore.map { job.createdAt < $0 } ?? true)
      && (filter.endedFrom.map { from in job.completedAt.map { $0 >= from } ?? false } ?? true)
      && (filter.endedBefore.map { before in job.completedAt.map { $0 < before } ?? false } ?? true)
  }

  private static let statuses: [Set<JobStatus>] =
    [[], [.pending, .running], [.completed, .failed, .cancelled], Set(JobStatus.allCases)]
    + JobStatus.allCases.map { [$0] }
  private static let labels: [[JobFilter.Label]] = [
    [], [.init(name: "team", value: "blue")], [.init(name: "n", value: "4")], [.init(name: "blue", value: "team")],
    [.init(name: "team", value: "blue"), .init(name: "n", value: "4")],
    [.init(name: "n", value: "4"), .init(name: "n", value: "0")],
    [.init(name: "n", value: "4"), .init(name: "team", value: "blue"), .init(name: "team", value: "blue")],
  ]

  @Test(arguments: statuses, labels)
  func `Every filter gives the jobs that pass it, in pages of both orders`(
    statuses: Set<JobStatus>, labels: [JobFilter.Label]
  ) throws {
    for commands in [[], ["a.b"], ["a.b", "none", "c.d"]] {
      for environments in [[], ["east"], ["west", "east"]] {
        for (from, before, endedFrom, endedBefore) in [
          (nil, nil, nil, nil), (20, nil, nil, nil), (nil, 40, nil, nil), (20, 40, nil, 970), (nil, nil, nil, 960),
          (nil, nil, 960, nil), (20, nil, 950, 970),
        ] as [(Int?, Int?, Int?, Int?)] {
          let filter = JobFilter(
            statuses: statuses, commands: commands, environments: environments, labels: labels,
            createdFrom: from.map { now + .seconds($0) }, createdBefore: before.map { now + .seconds($0) },
            endedFrom: endedFrom.map { now + .seconds($0) }, endedBefore: endedBefore.map { now + .seconds($0) })
          let expected = jobs.filter { passes($0, filter) }
          #expect(try store.jobs(filter: filter, limit: 100).map(\.id) == expected.reversed().map(\.id), "\(filter)")
          #expect(try store.jobReferences(filter: filter, limit: 100).map(\.id) == expected.map(\.id), "\(filter)")
          var pages: [Int64] = []
          while let page = try Optional(store.jobs(filter: filter, before: pages.last, limit: 9)), !page.isEmpty {
            pages += page.map(\.sequence)
          }
          #expect(pages == expected.reversed().map(\.sequence), "\(filter)")
          let steps = try stride(from: 0, to: 60, by: 25).flatMap { start in
            try store.jobReferences(filter: filter, after: Int64(start), upTo: Int64(start) + 25, limit: 100)
          }
          #expect(steps.map(\.id) == expected.map(\.id), "\(filter)")
        }
      }
    }
  }

  @Test func `Lists leave out payload and result and say all else`() throws {
    for listed in try store.jobs(limit: 100) {
      var job = jobs[Int(listed.sequence) - 1]
      job.payload = []
      job.result = nil
      #expect(listed == job)
    }
  }

  @Test func `A walk ends where it is told, and with it its cost`() throws {
    #expect(try store.jobs(before: 10, downTo: 8, limit: 100).map(\.sequence) == [9, 8])
    #expect(try store.jobs(downTo: 59, limit: 100).map(\.sequence) == [60, 59])
    #expect(try store.jobs(before: 10, downTo: 10, limit: 100).isEmpty)
    #expect(try store.jobReferences(filter: JobFilter(), after: 10, upTo: 12, limit: 100).map(\.sequence) == [11, 12])
    let blue = JobFilter(labels: [.init(name: "team", value: "blue")])
    #expect(try store.jobReferences(filter: blue, after: 4, upTo: 12, limit: 100).map(\.sequence) == [8, 12])
  }

  @Test func `References are taken up after the last one of the step before`() throws {
    let filter = JobFilter(statuses: [.completed])
    let completed = jobs.filter { $0.status == .completed }
    let first = try store.jobReferences(filter: filter, limit: 2)
    #expect(
      first
        == completed[..<2].map {
          JobReference(
            sequence: $0.sequence, id: $0.id, command: $0.command, submitter: $0.submitter, version: $0.version,
            completedAt: $0.completedAt,
            resultFile: "\($0.id).1")
        })
    #expect(
      try store.jobReferences(filter: filter, after: first[1].sequence, limit: 100).map(\.id)
        == completed[2...].map(\.id))
    #expect(try store.jobReferences(filter: JobFilter(statuses: [.pending]), limit: 1).first?.completedAt == nil)
  }

  // MARK: The plans: https://www.sqlite.org/eqp.html

  private func plan(_ sql: String) throws -> [String] {
    try store.database.prepare("EXPLAIN QUERY PLAN \(sql)").rows { $0.text(3) }
  }

  @Test(arguments: statuses, labels)
  func `No filtered read sorts, or scans where an index leads`(statuses: Set<JobStatus>, labels: [JobFilter.Label])
    throws
  {
    let filter = JobFilter(statuses: statuses, commands: ["a.b"], labels: labels)
    for query in [
      JobQuery(filter, .newestFirst, .list, owner: 7), JobQuery(filter, .oldestFirst, .reference, owner: 7),
    ] {
      // The values that a field may have are a list in memory.
      let plan = try plan(query.sql).filter { !$0.contains("json_each") && !$0.contains("SCAN wanted") }
      #expect(!plan.contains { $0.contains("SCAN") || $0.contains("TEMP B-TREE") }, "\(plan)")
      let tables = plan.filter { $0.hasPrefix("SEARCH job") }
      if !labels.isEmpty {
        #expect(tables.count == 2, "\(plan)")
        #expect(tables[0].hasPrefix("SEARCH job_labels USING PRIMARY KEY (name=? AND value=? AND seq"), "\(plan)")
        #expect(tables[1] == "SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)", "\(plan)")
      } else if query.statusCount == nil {
        #expect(tables.count == 1 && tables[0].hasPrefix("SEARCH jobs USING INTEGER PRIMARY KEY (rowid"), "\(plan)")
      } else {
        #expect(tables.count == query.statusCount, "\(plan)")
        #expect(
          tables.allSatisfy { $0.hasPrefix("SEARCH jobs USING INDEX idx_jobs_status (status=? AND rowid") }, "\(plan)")
      }
    }
  }

  @Test func `A key and a job's history are found by their indexes`() throws {
    #expect(
      try plan(store.reads.jobByIdempotencyKey.sql)
        == ["SEARCH jobs USING INDEX idx_jobs_idempotency_key (idempotency_key=? AND <expr>=?)"])
    #expect(try plan(store.reads.attempts.sql) == ["SEARCH attempts USING PRIMARY KEY (seq=?)"])
  }

  @Test func `A removal searches all that it removes`() throws {
    let writes = store.writes
    for statement in [writes.updateJob, writes.removeJob, writes.removeLabel, writes.removeAttempts] {
      let plan = try plan(statement.sql)
      #expect(plan.count == 1 && plan[0].hasPrefix("SEARCH"), "\(plan)")
    }
    // The highest number is one step into the table, although the plan calls it a search without a key.
    #expect(try !plan(writes.keepLastSequence.sql).contains { $0.contains("SCAN jobs") })
  }

  @Test func `Few statements serve all filters`() throws {
    for number in 1...50 {
      _ = try store.jobs(filter: JobFilter(commands: ["a\(number)"], environments: ["e\(number)"]), limit: 1)
      _ = try store.jobs(filter: JobFilter(labels: [.init(name: "n\(number)", value: "v")]), limit: 1)
    }
    #expect(store.queries.count == 2)
  }
}

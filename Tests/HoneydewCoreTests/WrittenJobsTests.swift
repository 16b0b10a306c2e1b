import Testing

@testable import HoneydewCore

struct WrittenJobsTests {
  private func job(_ sequence: Int64, _ status: JobStatus = .pending, payload: Int = 2) -> Job {
    Job(
      id: "job\(sequence)", sequence: sequence, command: "diag.noop", payload: [UInt8](repeating: 32, count: payload),
      status: status, createdAt: Timestamp(milliseconds: 0))
  }

  @Test func `a job is given as it was written last, and only while it may start`() {
    var written = WrittenJobs()
    written.note(job(1))
    #expect(written[1] == job(1) && written[2] == nil)
    var urgent = job(1)
    urgent.priority = 7
    written.note(urgent)
    #expect(written[1] == urgent)
    written.note(job(1, .running))
    #expect(written[1] == nil)
  }

  @Test func `a job that waits for a moment is not kept`() {
    var written = WrittenJobs()
    written.note(job(1))
    var delayed = job(1)
    delayed.nextRunAt = Timestamp(milliseconds: 1)
    written.note(delayed)
    #expect(written[1] == nil)
  }

  @Test func `a job whose payload is not known is forgotten, and so are all at once`() {
    var written = WrittenJobs()
    for sequence in 1...3 as ClosedRange<Int64> { written.note(job(sequence)) }
    written.remove(1)
    written.remove(9)
    #expect(written[1] == nil && written[2] == job(2))
    written.removeAll()
    #expect(written[2] == nil && written[3] == nil)
  }

  @Test func `those that came first stay, up to a number of jobs, which leave room when they start`() {
    var written = WrittenJobs()
    let limit = Int64(WrittenJobs.countLimit)
    for sequence in 1...limit + 1 { written.note(job(sequence)) }
    #expect(written[1] != nil && written[limit] != nil && written[limit + 1] == nil)
    written.note(job(1, .running))
    written.note(job(limit + 1))
    #expect(written[limit + 1] != nil)
  }

  @Test func `payloads are kept up to a number of bytes, which leave room when their jobs start`() {
    var written = WrittenJobs()
    written.note(job(1, payload: WrittenJobs.payloadLimit - 10))
    written.note(job(2, payload: 11))
    written.note(job(3, payload: 10))
    #expect(written[1] != nil && written[2] == nil && written[3] != nil)
    written.note(job(1, .running))
    written.note(job(2, payload: 11))
    #expect(written[2] != nil)
  }
}

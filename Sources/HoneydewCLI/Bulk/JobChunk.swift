internal import HoneydewMessages

/// The jobs of one call, with the lines that they came from.
struct JobChunk {
  static let mostJobs = 1000
  static let mostBytes = 2 << 20

  private(set) var jobs: [Honeydew_SubmitJobRequest] = []
  private(set) var lines: [Int] = []
  private var bytes = 0

  /// Takes a job, unless it is one too many.
  mutating func add(_ job: Honeydew_SubmitJobRequest, line: Int) -> Bool {
    let size = JobChunk.size(of: job)
    guard jobs.isEmpty || jobs.count < JobChunk.mostJobs && bytes + size <= JobChunk.mostBytes else { return false }
    jobs.append(job)
    lines.append(line)
    bytes += size
    return true
  }

  /// Bytes of the encoded job at most.
  private static func size(of job: Honeydew_SubmitJobRequest) -> Int {
    let texts = [job.command, job.payload, job.runAt, job.idempotencyKey, job.environment]
    let labels = job.labels.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 16 }
    // Tags, lengths and numbers.
    return texts.reduce(100 + labels) { $0 + $1.utf8.count }
  }

  /// The daemon's sentence about the job of an index, about the job's line: `jobs[3].priority` as `line 17: priority`.
  func aboutLines(_ text: String) -> String {
    placed(text, in: "jobs", at: lines.map { "line \($0)" })
  }
}

/// The daemon's sentence about an element of a list that a call holds, about the place that the element came from.
func placed(_ text: String, in list: String, at places: [String]) -> String {
  guard let start = text.firstRange(of: "\(list)["), let end = text[start.upperBound...].firstIndex(of: "]"),
    let index = Int(text[start.upperBound..<end]), places.indices.contains(index)
  else { return text }
  var rest = text[text.index(after: end)...]
  var place = places[index]
  if rest.first == "." {
    rest = rest.dropFirst()
    place += ": "
  }
  return text[..<start.lowerBound] + place + rest
}

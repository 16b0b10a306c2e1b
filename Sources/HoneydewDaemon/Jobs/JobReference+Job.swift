internal import HoneydewCore
internal import HoneydewStore

extension JobReference {
  init(_ job: Job) {
    let file: String? = if case .spooled(let file, _) = job.result { file } else { nil }
    self.init(
      sequence: job.sequence, id: job.id, version: job.version, completedAt: job.completedAt, resultFile: file)
  }
}

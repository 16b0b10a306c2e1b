internal import HoneydewCore
internal import HoneydewStore

extension JobReference {
  init(_ job: Job) {
    let file: String? = if case .spooled(let file, _) = job.result { file } else { nil }
    self.init(
      sequence: job.sequence, id: job.id, command: job.command, submitter: job.submitter, version: job.version,
      completedAt: job.completedAt,
      resultFile: file)
  }
}

extension JobEvent {
  init(removing job: JobReference) {
    self.init(removing: job.id, sequence: job.sequence, command: job.command, attempt: job.version.attempt)
  }
}

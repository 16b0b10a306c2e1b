internal import HoneydewRPC
internal import HoneydewWire

/// The clients that wait for jobs to end: one `WaitJobs` stream each.
final class WaitList {
  private final class Wait {
    var open: Set<String>
    /// Ended jobs whose status is not sent yet.
    var ended: ArraySlice<String> = []
    let call: StreamingCall<Honeydew_JobStatus>
    let status: (String) throws(Status) -> Honeydew_JobStatus

    init(
      _ open: Set<String>, _ call: StreamingCall<Honeydew_JobStatus>,
      _ status: @escaping (String) throws(Status) -> Honeydew_JobStatus
    ) {
      self.open = open
      self.call = call
      self.status = status
    }
  }

  private var waits: [ObjectIdentifier: Wait] = [:]
  private var waitsByJob: [String: [ObjectIdentifier]] = [:]

  var awaitedJobs: [String] { Array(waitsByJob.keys) }

  func isAwaited(_ id: String) -> Bool { waitsByJob[id] != nil }

  /// Sends each job's status once the job has ended, then ends the stream.
  ///
  /// - Parameter status: reads the committed status of an ended job.
  func add(
    _ ids: Set<String>, call: StreamingCall<Honeydew_JobStatus>,
    status: @escaping (String) throws(Status) -> Honeydew_JobStatus
  ) {
    let wait = Wait(ids, call, status)
    let key = ObjectIdentifier(wait)
    waits[key] = wait
    for id in ids { waitsByJob[id, default: []].append(key) }
    call.onCancel = { [unowned self] in remove(key) }
    call.onWritable = { [unowned self] in pump(key) }
    pump(key)
  }

  func jobEnded(_ id: String) {
    for key in waitsByJob.removeValue(forKey: id) ?? [] {
      guard let wait = waits[key] else { continue }
      wait.open.remove(id)
      wait.ended.append(id)
      pump(key)
    }
  }

  func failAll(_ status: Status) {
    for (key, wait) in waits {
      remove(key)
      wait.call.finish(status)
    }
  }

  private func pump(_ key: ObjectIdentifier) {
    guard let wait = waits[key] else { return }
    do {
      while wait.call.isWritable, let id = wait.ended.popFirst() { wait.call.send(try wait.status(id)) }
    } catch {
      remove(key)
      return wait.call.finish(error)
    }
    if wait.open.isEmpty, wait.ended.isEmpty {
      remove(key)
      wait.call.finish()
    }
  }

  private func remove(_ key: ObjectIdentifier) {
    guard let wait = waits.removeValue(forKey: key) else { return }
    wait.call.onCancel = nil
    wait.call.onWritable = nil
    for id in wait.open {
      waitsByJob[id]?.removeAll { $0 == key }
      if waitsByJob[id]?.isEmpty == true { waitsByJob[id] = nil }
    }
  }
}

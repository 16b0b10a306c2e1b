internal import HoneydewRPC

/// What is decided for a client that waits for jobs to end: the status of one that has ended, or the end of the stream.
struct WaitMessage {
  let reply: Reply
  let waits: WaitList
  /// Names the wait.
  let key: Int32
  /// The job's sequence; nil for the end of the stream.
  let job: Int64?

  func send() {
    if job == nil { waits.ended(key) }
    reply.send()
  }

  /// The turn that decided it is lost, and the client goes on waiting: when the store is back, it is looked again which
  /// jobs have ended.
  func takeBack() {
    reply.drop()
    if let job { waits.takeBack(job, of: key) }
  }
}

internal import HoneydewCore
internal import HoneydewProtobuf
internal import HoneydewRPC

/// How clients are told: an answer from stored state when that is on disk, a refusal at once unless it is news of it.
extension Turn {
  func answer<Response: Message>(_ call: UnaryCall<Response>, _ response: Response) {
    audit(call)
    plan(.reply(call.reply(response)), when: .synced)
  }

  func refuse<Response: Message>(_ call: UnaryCall<Response>, _ refusal: Refusal) {
    audit(call, refusal)
    plan(.reply(call.refusal(Status(refusal))), when: refusal.release)
  }

  /// Ends a stream.
  func refuse<Response: Message>(_ call: StreamingCall<Response>, _ refusal: Refusal) {
    plan(.reply(call.end(Status(refusal))), when: refusal.release)
  }
}

extension Refusal {
  fileprivate var release: Effect.Release { tellsOfStoredState ? .synced : .always }
}

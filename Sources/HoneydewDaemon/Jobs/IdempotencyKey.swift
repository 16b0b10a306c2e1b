/// An idempotency key: each user has its own, so that nobody comes by another's job by its key, nor learns that it is there.
struct IdempotencyKey: Hashable {
  var text: String
  var submitter: UInt32
}

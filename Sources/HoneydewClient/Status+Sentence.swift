internal import HoneydewCore
public import HoneydewRPC

extension Status {
  /// The daemon's error for people: it says itself what to do.
  public var sentence: String {
    switch code {
    case .unimplemented:
      "the daemon does not know this call (\(message)); it is of another version than this program "
        + "(\(HoneydewVersion.current)): restart it after an update"
    case _ where message.isEmpty: "the daemon answered \(code) and no more; its log may say why"
    default: message
    }
  }

  /// Whether it is certain that nothing was done: a refusal is; a daemon that could not write, or was cut off, may have
  /// done what it was asked to.
  public var isOutcomeKnown: Bool {
    switch code {
    case .cancelled, .unknown, .deadlineExceeded, .internal, .unavailable, .dataLoss: false
    default: true
    }
  }
}

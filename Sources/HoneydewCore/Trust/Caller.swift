/// The client behind a call that changes something, for the log.
public struct Caller: Equatable, Sendable {
  public let uid: UInt32
  public let pid: Int32
  /// The call's name, such as `CancelJob`.
  public let call: String

  public init(uid: UInt32, pid: Int32, call: String) {
    self.uid = uid
    self.pid = pid
    self.call = call
  }
}

import Glibc

/// A system call that failed.
public struct Errno: Error, Equatable, Sendable {
  /// The number that `errno(3)` names, such as `ENOENT`.
  public let number: Int32
  /// What was called, such as `open`.
  public let call: String
  /// What it was called on, or what to do about it.
  public let detail: String?

  public init(_ number: Int32, call: String, detail: String? = nil) {
    self.number = number
    self.call = call
    self.detail = detail
  }

  /// The kernel's sentence for the number, such as `No such file or directory`.
  public var text: String { String(cString: strerror(number)) }

  /// The same for people who have not called anything: `/srv/x: No such file or directory`.
  public var sentence: String { detail.map { "\($0): \(text)" } ?? text }

  func with(detail: String) -> Errno {
    Errno(number, call: call, detail: detail)
  }
}

extension Errno: CustomStringConvertible {
  public var description: String {
    guard let detail else { return "\(call): \(text)" }
    return "\(call): \(text): \(detail)"
  }
}

/// Calls the system, again when a signal interrupted it, and throws its error when it answers -1.
///
/// A descriptor that is not open and memory that is not ours (`EBADF`, `EFAULT`) are errors of this program, and going
/// on with somebody else's descriptor would be worse than ending, so both trap.
@discardableResult
func systemCall<Result: SignedInteger>(
  _ name: String, detail: @autoclosure () -> String? = nil, _ body: () -> Result
) throws(Errno) -> Result {
  while true {
    let result = body()
    if result != -1 { return result }
    let number = errno
    if number == EINTR { continue }
    precondition(number != EBADF && number != EFAULT, "\(name): \(String(cString: strerror(number)))")
    throw Errno(number, call: name, detail: detail())
  }
}

/// As `systemCall`, where "would block" is an answer and not an error: nil.
func nonblockingCall<Result: SignedInteger>(_ name: String, _ body: () -> Result) throws(Errno) -> Result? {
  do {
    return try systemCall(name, body)
  } catch {
    guard error.number == EAGAIN else { throw error }
    return nil
  }
}

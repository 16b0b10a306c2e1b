internal import CLinux
import Glibc

/// A pipe or a terminal between this process and a command; both ends are close-on-exec.
@frozen public struct CommandChannel: ~Copyable {
  /// Non-blocking.
  public var ours: FileDescriptor
  /// Blocking: for the command.
  public var theirs: FileDescriptor
}

extension CommandChannel {
  /// A pipe.
  ///
  /// - Parameter readsHere: ours is the end that is read.
  public static func pipe(readsHere: Bool) throws(Errno) -> CommandChannel {
    var ends: [Int32] = [-1, -1]
    try systemCall("pipe") { honeydew_pipe(&ends) }
    let (ours, theirs) = readsHere ? (ends[0], ends[1]) : (ends[1], ends[0])
    let channel = CommandChannel(ours: FileDescriptor(owning: ours), theirs: FileDescriptor(owning: theirs))
    try channel.ours.setNonblocking(true)
    return channel
  }

  /// A pseudo-terminal of the usual size.
  public static func terminal() throws(Errno) -> CommandChannel {
    var theirs: Int32 = -1
    let ours = try systemCall("posix_openpt") { honeydew_open_terminal(80, 24, &theirs) }
    return CommandChannel(ours: FileDescriptor(owning: ours), theirs: FileDescriptor(owning: theirs))
  }
}

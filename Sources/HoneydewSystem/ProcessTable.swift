internal import CLinux
import Glibc

/// Other processes, as `proc(5)` shows them.
public enum ProcessTable {
  /// The name of the environment variable that marks the processes of an instance.
  public static let instanceVariable = "HONEYDEW_MARK"
  /// The argument before the marker in a worker's argument list. A process that is not dumpable keeps its environment
  /// from others of its user, while everybody may read its arguments.
  public static let instanceArgument = "--mark"

  /// The living and ended children of this process, the adopted ones included.
  public static func children() throws(Errno) -> [Int32] {
    var found: [Int32] = []
    for thread in try Files.list("/proc/self/task") {
      // A thread that ends meanwhile hands its children to another one.
      guard let text = try? Files.read("/proc/self/task/\(thread)/children", limit: 1 << 20) else { continue }
      found += text.split(separator: UInt8(ascii: " ")).compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
    }
    return found
  }

  /// The processes of this user, this one excepted, whose environment or argument list carries the instance's marker.
  ///
  /// What another user's process says of itself is nothing to us. Of one that is hidden (`ProtectProc=invisible`) nothing is
  /// known. A worker is
  /// both not dumpable and bound to its parent's life, so that only what it started can outlive the daemon.
  public static func survivors(marker: String) throws(Errno) -> [Int32] {
    try Files.list("/proc").compactMap { Int32($0) }.filter { $0 != getpid() && carries(marker, $0) }
  }

  /// Kills the survivors of an earlier run and waits until they are gone. Blocks: for the start of the daemon only.
  ///
  /// - Returns: the pids that were killed, and those that still lived when `patience` ended.
  public static func killSurvivors(
    marker: String, patience: Duration
  ) throws(Errno) -> (killed: [Int32], remaining: [Int32]) {
    let deadline = Clock.monotonic() + patience
    var killed: Set<Int32> = []
    while true {
      // A survivor may have started another process after it was looked at: only an empty look ends the hunt.
      let survivors = try survivors(marker: marker)
      guard !survivors.isEmpty, Clock.monotonic() < deadline else { return (killed.sorted(), survivors) }
      for pid in survivors where try kill(pid, marker: marker, waitingUntil: deadline) { killed.insert(pid) }
    }
  }

  /// The marker is looked at again behind the pidfd, when the number cannot go to another process unnoticed.
  private static func kill(_ pid: Int32, marker: String, waitingUntil deadline: Duration) throws(Errno) -> Bool {
    let number = honeydew_pidfd_open(pid)
    guard number >= 0 else { return false }
    let process = FileDescriptor(owning: number)
    guard carries(marker, pid), honeydew_pidfd_signal(process.fileNumber, SIGKILL) == 0 else { return false }
    let patience = (deadline - Clock.monotonic()).nanosecondsRoundedUp / 1_000_000
    var end = pollfd(fd: process.fileNumber, events: Int16(POLLIN), revents: 0)
    try systemCall("poll") { poll(&end, 1, Int32(clamping: patience)) }
    return true
  }

  /// The parent of a process; nil for one that is hidden or gone.
  public static func parent(of pid: Int32) -> Int32? {
    guard let text = try? Files.read("/proc/\(pid)/stat", limit: 4096) else { return nil }
    // proc(5): the name in parentheses may hold anything, and behind it follow state and parent.
    let fields = text[(text.lastIndex(of: UInt8(ascii: ")")) ?? text.startIndex)...].split(separator: UInt8(ascii: " "))
    return fields.count > 2 ? Int32(String(decoding: fields[2], as: UTF8.self)) : nil
  }

  private static func carries(_ marker: String, _ pid: Int32) -> Bool {
    // The directory belongs to the process's user, also where it is not dumpable and the files in it are root's.
    guard (try? Files.status("/proc/\(pid)"))?.uid == geteuid() else { return false }
    let entry = Array("\(instanceVariable)=\(marker)".utf8)[...]
    if strings(of: pid, in: "environ").contains(entry) { return true }
    let arguments = strings(of: pid, in: "cmdline")
    let name = Array(instanceArgument.utf8)[...]
    let value = Array(marker.utf8)[...]
    return zip(arguments, arguments.dropFirst()).contains { $0 == name && $1 == value }
  }

  /// A process that has ended, or that is not ours to look at, has none.
  private static func strings(of pid: Int32, in file: String) -> [ArraySlice<UInt8>] {
    guard let bytes = try? Files.read("/proc/\(pid)/\(file)", limit: 4 << 20) else { return [] }
    return bytes.split(separator: 0)
  }
}

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
    children(of: "self", threads: try Files.list("/proc/self/task"))
  }

  /// The children of another process; none of one that is hidden or gone.
  public static func children(of pid: Int32) -> [Int32] {
    guard let threads = try? Files.list("/proc/\(pid)/task") else { return [] }
    return children(of: "\(pid)", threads: threads)
  }

  private static func children(of process: String, threads: [String]) -> [Int32] {
    var found: [Int32] = []
    for thread in threads {
      // A thread that ends meanwhile hands its children to another one.
      guard let text = try? Files.read("/proc/\(process)/task/\(thread)/children", limit: 1 << 20) else { continue }
      found += text.split(separator: UInt8(ascii: " ")).compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
    }
    return found
  }

  /// The name of a process's program (`comm` in proc(5)); nil for one that is hidden or gone.
  public static func name(of pid: Int32) -> String? {
    guard let text = try? Files.read("/proc/\(pid)/comm", limit: 4096) else { return nil }
    return String(decoding: text.dropLast(), as: UTF8.self)
  }

  /// What is left of an instance's processes.
  public struct Survivors: Equatable, Sendable {
    /// Carry the instance's marker in their argument list: programs of ours.
    var programs: [Int32] = []
    /// Carry it in their environment, or were started by one that carries it.
    var others: [Int32] = []

    /// All of them, in order.
    public var all: [Int32] { (programs + others).sorted() }
  }

  /// The processes, this one and its own excepted, whose environment or argument list carries the instance's marker, and
  /// those that they have started.
  ///
  /// What another user's process says of itself is nothing to us. Of one that is hidden (`ProtectProc=invisible`) nothing is
  /// known. What a command has started may have dropped the marker with its environment, but it stays below the worker,
  /// which outlives the daemon until it has ended all that.
  public static func survivors(marker: String) throws(Errno) -> Survivors {
    let running = try Files.list("/proc").compactMap { Int32($0) }.filter { $0 != getpid() }
    var found = Survivors()
    for pid in running {
      switch sign(marker, of: pid) {
      case .argument: found.programs.append(pid)
      case .variable: found.others.append(pid)
      case nil: break
      }
    }
    guard !found.all.isEmpty else { return found }
    let parents = Dictionary(uniqueKeysWithValues: running.compactMap { pid in parent(of: pid).map { (pid, $0) } })
    let marked = Set(found.all)
    for pid in running where !marked.contains(pid) && isBelow(marked, pid, parents) && isOurs(pid) && !isZombie(pid) {
      found.others.append(pid)
    }
    return found
  }

  private static func isBelow(_ marked: Set<Int32>, _ pid: Int32, _ parents: [Int32: Int32]) -> Bool {
    var (pid, steps) = (pid, 0)
    // A table that is read while it changes may hold a circle.
    while let parent = parents[pid], steps < parents.count {
      if marked.contains(parent) { return true }
      (pid, steps) = (parent, steps + 1)
    }
    return false
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
      guard !survivors.all.isEmpty, Clock.monotonic() < deadline else { return (killed.sorted(), survivors.all) }
      // A worker is the subreaper of the others: as long as it lives, nothing that they start gets out of sight.
      let next = survivors.others.isEmpty ? survivors.programs : survivors.others
      var ended = try kill(next, marker: marker, among: survivors, waitingUntil: deadline)
      // Those that this user may not kill must not keep the rest alive.
      if ended.isEmpty {
        ended = try kill(survivors.programs, marker: marker, among: survivors, waitingUntil: deadline)
      }
      killed.formUnion(ended)
    }
  }

  /// Kills those of the processes that are still what they were, and waits for their end.
  private static func kill(
    _ pids: [Int32], marker: String, among survivors: Survivors, waitingUntil deadline: Duration
  ) throws(Errno) -> [Int32] {
    // Each is looked at again behind its pidfd, when the number cannot go to another process unnoticed; all of them before
    // the first is killed, since its children are then another's.
    let held = pids.compactMap { pid -> (pid: Int32, pidfd: Int32)? in
      let number = honeydew_pidfd_open(pid)
      guard number >= 0 else { return nil }
      if sign(marker, of: pid) != nil || parent(of: pid).map(survivors.all.contains) == true { return (pid, number) }
      close(number)
      return nil
    }
    defer { for process in held { close(process.pidfd) } }
    let killed = held.filter { honeydew_pidfd_signal($0.pidfd, SIGKILL) == 0 }
    for process in killed {
      let patience = (deadline - Clock.monotonic()).nanosecondsRoundedUp / 1_000_000
      var end = pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0)
      try systemCall("poll") { poll(&end, 1, Int32(clamping: patience)) }
    }
    return killed.map(\.pid)
  }

  /// The parent of a process; nil for one that is hidden or gone.
  public static func parent(of pid: Int32) -> Int32? {
    let fields = fields(of: pid)
    return fields.count > 2 ? Int32(String(decoding: fields[2], as: UTF8.self)) : nil
  }

  /// A process that has ended and waits to be reaped.
  private static func isZombie(_ pid: Int32) -> Bool {
    let fields = fields(of: pid)
    return fields.count > 1 && fields[1].elementsEqual("Z".utf8)
  }

  /// What `stat` in proc(5) says from the end of the name on: state and parent follow. The name may hold anything.
  private static func fields(of pid: Int32) -> [ArraySlice<UInt8>] {
    guard let text = try? Files.read("/proc/\(pid)/stat", limit: 4096) else { return [] }
    return text[(text.lastIndex(of: UInt8(ascii: ")")) ?? text.startIndex)...].split(separator: UInt8(ascii: " "))
  }

  private static func isOurs(_ pid: Int32) -> Bool {
    // The directory belongs to the process's user, also where it is not dumpable and the files in it are root's.
    (try? Files.status("/proc/\(pid)"))?.uid == geteuid()
  }

  /// Where a process carries a marker.
  private enum Sign { case argument, variable }

  private static func sign(_ marker: String, of pid: Int32) -> Sign? {
    guard isOurs(pid) else { return nil }
    let arguments = strings(of: pid, in: "cmdline")
    let name = Array(instanceArgument.utf8)[...]
    let value = Array(marker.utf8)[...]
    if zip(arguments, arguments.dropFirst()).contains(where: { $0 == name && $1 == value }) { return .argument }
    let entry = Array("\(instanceVariable)=\(marker)".utf8)[...]
    return strings(of: pid, in: "environ").contains(entry) ? .variable : nil
  }

  /// A process that has ended, or that is not ours to look at, has none.
  private static func strings(of pid: Int32, in file: String) -> [ArraySlice<UInt8>] {
    guard let bytes = try? Files.read("/proc/\(pid)/\(file)", limit: 4 << 20) else { return [] }
    return bytes.split(separator: 0)
  }
}

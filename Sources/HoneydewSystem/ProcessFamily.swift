import Glibc

/// A local command's process, and what it has started.
public enum ProcessFamily {
  /// What a worker's process is called (`comm` in proc(5), at most 15 letters).
  private static let worker = "honeydew-worker"

  /// All of it. What has left its parent belongs to the worker, which has one command at a time.
  ///
  /// - Parameter pid: of the process that the worker has started.
  public static func members(of pid: Int32) throws(Errno) -> [Int32] {
    guard let parent = ProcessTable.parent(of: pid) else { throw Errno(ESRCH, call: "open", detail: "/proc/\(pid)") }
    let isOfWorker = ProcessTable.name(of: parent) == worker
    return (isOfWorker ? [] : [pid]) + descendants(of: isOfWorker ? parent : pid, ProcessTable.children(of:))
  }

  /// Parents before their children.
  ///
  /// - Parameter children: of a process.
  static func descendants(of root: Int32, _ children: (Int32) -> [Int32]) -> [Int32] {
    var found: [Int32] = []
    var next = children(root)
    // Numbers are used again while they are read: no process is met twice.
    var seen: Set<Int32> = [root]
    while let pid = next.popLast() {
      guard seen.insert(pid).inserted else { continue }
      found.append(pid)
      next += children(pid)
    }
    return found
  }
}

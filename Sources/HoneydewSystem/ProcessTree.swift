internal import CLinux
import Glibc

/// All that this process has started, and what that has started: of a child subreaper, which nothing of it can leave.
public final class ProcessTree {
  /// What the reaped ones used: processor time of all together, memory of the largest.
  public private(set) var usage = ResourceUsage(maximumResidentBytes: 0, cpuTime: .zero)
  /// Children that could not be ended, with which nothing more is tried.
  private var abandoned: Set<Int32> = []

  public init() {}

  /// Begins to count for the next command.
  public func begin() {
    usage = ResourceUsage(maximumResidentBytes: 0, cpuTime: .zero)
  }

  /// What reaping came to.
  public struct Reaped {
    /// Those that have ended since.
    public var ended: [Termination] = []
    /// Nothing is left of the tree but what was given up.
    public var isEmpty = false
  }

  /// Reaps all children that have ended, the adopted ones included.
  public func reap() throws(Errno) -> Reaped {
    var reaped = Reaped()
    while true {
      var exit = honeydew_exit()
      let found = honeydew_wait_any(&exit)
      if found == 1 {
        let termination = Termination(exit)
        abandoned.remove(termination.pid)
        usage.cpuTime += termination.usage.cpuTime
        usage.maximumResidentBytes = max(usage.maximumResidentBytes, termination.usage.maximumResidentBytes)
        reaped.ended.append(termination)
        continue
      }
      if found == -1, errno == EINTR { continue }
      guard found == 0 || errno == ECHILD else { throw Errno(errno, call: "waitid") }
      reaped.isEmpty = found == -1
      if found == 0, !abandoned.isEmpty { reaped.isEmpty = Set(try ProcessTable.children()).isSubset(of: abandoned) }
      return reaped
    }
  }

  /// Reaps what has ended of earlier commands.
  public func reapOrphans() { _ = try? reap() }

  /// The processes of the tree, parents before their children, without those that were given up and what is theirs.
  public func members() throws(Errno) -> [Int32] {
    var found = try ProcessTable.children().filter { !abandoned.contains($0) }
    var next = 0
    while next < found.count {
      found += ProcessTable.children(of: found[next])
      next += 1
    }
    return found
  }

  /// Sends a signal to each process of the tree.
  ///
  /// - Returns: false when it reached none, since they all belong to another user by now.
  @discardableResult
  public func signal(_ number: Int32) throws(Errno) -> Bool {
    let members = try members()
    // All of a group at once: none of it can start another process meanwhile that would not get the signal.
    let own = getpgrp()
    for group in Set(members.map { getpgid($0) }) where group > 1 && group != own { _ = kill(-group, number) }
    return members.isEmpty || members.count { kill($0, number) == 0 || errno != EPERM } > 0
  }

  /// Gives up what is left of the tree.
  ///
  /// - Returns: the processes, with their names.
  public func abandon() throws(Errno) -> [(pid: Int32, name: String)] {
    let left = try members()
    abandoned.formUnion(try ProcessTable.children())
    return left.map { ($0, ProcessTable.name(of: $0) ?? "") }
  }
}

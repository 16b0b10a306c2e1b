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
  @discardableResult
  public func reap() -> Reaped {
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
      reaped.isEmpty = found == -1 && errno == ECHILD
      if !reaped.isEmpty, !abandoned.isEmpty, let children = try? ProcessTable.children() {
        reaped.isEmpty = Set(children).isSubset(of: abandoned)
      }
      return reaped
    }
  }

  /// The processes of the tree, parents before their children, without those that were given up and what is theirs. None
  /// where they cannot be seen now, as without a descriptor.
  private var members: [Int32] {
    let own = getpid()
    return ProcessFamily.descendants(of: own) { pid in
      ProcessTable.children(of: pid).filter { pid != own || !abandoned.contains($0) }
    }
  }

  /// Sends a signal to each process of the tree, once.
  ///
  /// - Parameter group: the one whose processes do not get it.
  public func signal(_ number: Int32, outside group: Int32? = nil) {
    for pid in members where group == nil || getpgid(pid) != group { _ = Glibc.kill(pid, number) }
  }

  /// Kills each process of the tree.
  ///
  /// - Returns: false when it reached none, since they all belong to another user by now.
  public func kill() -> Bool {
    let members = members
    // All of a group at once: none of it can start another process meanwhile that would not get the signal.
    let own = getpgrp()
    for group in Set(members.map { getpgid($0) }) where group > 1 && group != own { _ = Glibc.kill(-group, SIGKILL) }
    return members.isEmpty || members.count { Glibc.kill($0, SIGKILL) == 0 || errno != EPERM } > 0
  }

  /// Gives up what is left of the tree.
  ///
  /// - Returns: the processes, with their names.
  public func abandon() -> [(pid: Int32, name: String)] {
    let left = members
    abandoned.formUnion((try? ProcessTable.children()) ?? [])
    return left.map { ($0, ProcessTable.name(of: $0) ?? "") }
  }
}

import Glibc
import HoneydewSystem

/// What proc(5) says of a process.
enum ProcessFigures {
  /// Processor time of user and kernel, in ticks.
  static func ticks(_ pid: Int32) throws -> Int {
    let text = String(decoding: try Files.read("/proc/\(pid)/stat", limit: 4096), as: UTF8.self)
    // The name in parentheses may hold anything; utime and stime are the 12th and 13th fields after it.
    guard let end = text.lastIndex(of: ")") else { throw BenchmarkError("/proc/\(pid)/stat has no name") }
    let fields = text[text.index(after: end)...].split(separator: " ")
    return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
  }

  /// Processor time of the thread that began with the process, in which the loop runs, in nanoseconds.
  static func loopNanoseconds(_ pid: Int32) throws -> Int {
    // Its first field; Documentation/scheduler/sched-stats.rst.
    let text = String(decoding: try Files.read("/proc/\(pid)/task/\(pid)/schedstat", limit: 4096), as: UTF8.self)
    guard let time = text.split(separator: " ").first.flatMap({ Int($0) }) else {
      throw BenchmarkError("the kernel tells no times of threads: /proc/\(pid)/task/\(pid)/schedstat")
    }
    return time
  }

  static func residentBytes(_ pid: Int32) throws -> Int {
    let text = String(decoding: try Files.read("/proc/\(pid)/statm", limit: 4096), as: UTF8.self)
    return (Int(text.split(separator: " ")[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  /// The process's share of the memory that it has mapped (PSS); nil when only root may read it, as of every process
  /// that is not dumpable.
  static func proportionalBytes(_ pid: Int32) -> Int? {
    guard let content = try? Files.read("/proc/\(pid)/smaps_rollup", limit: 16384) else { return nil }
    for line in String(decoding: content, as: UTF8.self).split(separator: "\n") where line.hasPrefix("Pss:") {
      return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
    return nil
  }
}

import Glibc

/// Reads what this process uses, over and over. That works under `ProtectProc=invisible`, when the process is not
/// dumpable, and when it has given up opening files since.
public final class UsageMeter {
  /// What a process uses at one moment.
  public struct Usage: Equatable, Sendable {
    public var residentBytes: UInt64
    /// User and system time together, without children.
    public var cpuTime: Duration
  }

  private let sizes: FileDescriptor
  private let pageSize = UInt64(sysconf(Int32(_SC_PAGESIZE)))

  public init() throws(Errno) {
    sizes = try Files.open("/proc/self/statm", flags: O_RDONLY)
  }

  public func read() throws(Errno) -> Usage {
    var used = rusage()
    try systemCall("getrusage") { getrusage(RUSAGE_SELF.rawValue, &used) }
    let cpu =
      Duration.seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
      + .microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec)
    var text = [UInt8](repeating: 0, count: 256)
    let count = try systemCall("pread") { pread(sizes.fileNumber, &text, text.count, 0) }
    // proc(5): sizes in pages; the second field is what is resident.
    let fields = text[..<count].split(separator: UInt8(ascii: " "))
    let pages = fields.count > 1 ? UInt64(String(decoding: fields[1], as: UTF8.self)) ?? 0 : 0
    return Usage(residentBytes: pages * pageSize, cpuTime: cpu)
  }
}

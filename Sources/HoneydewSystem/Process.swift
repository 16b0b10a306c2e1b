internal import CLinux
import Glibc

/// What this process says about itself and asks for itself.
public enum Process {
  /// The words of the command line without the program's name; nil where one is no UTF-8, in whose place Swift would put
  /// another text.
  public static var words: [String]? {
    var words: [String] = []
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let bytes = CommandLine.unsafeArgv[index], let word = String(validatingCString: bytes) else { return nil }
      words.append(word)
    }
    return words
  }

  /// Opens `/dev/null` in the place of each standard descriptor that the caller of this process left closed, so that no
  /// socket or file can get its number. First thing in `main`.
  public static func openStandardDescriptors() throws(Errno) {
    while true {
      let number = try systemCall("open", detail: "/dev/null") { honeydew_open("/dev/null", O_RDWR, 0) }
      guard number <= 2 else {
        FileDescriptor(owning: number).close()
        return
      }
      _ = try systemCall("fcntl") { honeydew_set_close_on_exec(number, 0) }
    }
  }

  /// Takes the signals of a crash back from Swift's runtime, whose report of one (SWIFT_BACKTRACE) shows registers and the
  /// memory that they point to, and is written by another process for which the crashed one waits. First thing in `main`.
  public static func leaveCrashesToTheSystem() {
    for crash in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] { _ = signal(crash, SIG_DFL) }
  }

  /// Makes a write to a pipe that nobody reads an error (`EPIPE`) and not the end of the process. Children are started
  /// with the default all the same.
  public static func ignoreBrokenPipes() {
    _ = signal(SIGPIPE, SIG_IGN)
  }

  /// Makes a write beyond the limit of a file's size an error (`EFBIG`) and not the end of the process.
  public static func ignoreFileSizeExcess() {
    _ = signal(SIGXFSZ, SIG_IGN)
  }

  /// Ignores the signals that would end the process and that nobody sends for that: of timers, limits and devices, those
  /// for users and for real time. A write beyond the limit of a file's size is an error (`EFBIG`) then.
  public static func ignoreStraySignals() {
    let stray = [SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, SIGXCPU, SIGXFSZ]
    // Below are those of the C library's threads (signal(7)).
    for number in stray + Array(34...64) { _ = signal(number, SIG_IGN) }
  }

  // MARK: Isolation

  /// Has the kernel send `signal` to this process when the thread that started it ends (`PR_SET_PDEATHSIG`).
  ///
  /// - Returns: false when the parent is not `parent` any more: it ended before the call, and the caller should too.
  public static func setParentDeathSignal(_ signal: Int32, parent: Int32) throws(Errno) -> Bool {
    try systemCall("prctl") { honeydew_set_parent_death_signal(signal) }
    return getppid() == parent
  }

  /// No program that this process or its children start can gain rights by set-user-id (`PR_SET_NO_NEW_PRIVS`).
  public static func setNoNewPrivileges() throws(Errno) {
    try systemCall("prctl") { honeydew_set_no_new_privileges() }
  }

  /// Gives up, for good, what root may do beyond other users. Root has it without asking, and a worker needs none of it.
  public static func dropCapabilities() throws(Errno) {
    try systemCall("capset") { honeydew_drop_capabilities() }
  }

  /// False keeps this process's memory from core dumps and from other processes of the same user (`PR_SET_DUMPABLE`).
  public static func setDumpable(_ isDumpable: Bool) throws(Errno) {
    try systemCall("prctl") { honeydew_set_dumpable(isDumpable ? 1 : 0) }
  }

  /// What `setrlimit(2)` bounds.
  public enum Resource: Sendable {
    /// Bytes of address space.
    case addressSpace
    /// Bytes of heap, stack and private mappings.
    case data
    /// Bytes of each file that it writes.
    case fileSize
    /// Bytes of a core dump.
    case coreSize
    /// Open descriptors.
    case descriptors
    /// Seconds of processor time.
    case cpuSeconds
  }

  /// Sets both limits, soft and hard; an unprivileged process cannot raise them again.
  public static func setResourceLimit(_ resource: Resource, to value: UInt64) throws(Errno) {
    var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
    let number =
      switch resource {
      case .addressSpace: RLIMIT_AS
      case .data: RLIMIT_DATA
      case .fileSize: RLIMIT_FSIZE
      case .coreSize: RLIMIT_CORE
      case .descriptors: RLIMIT_NOFILE
      case .cpuSeconds: RLIMIT_CPU
      }
    try systemCall("setrlimit") { setrlimit(__rlimit_resource_t(number.rawValue), &limit) }
  }

  /// Raises the soft limit on open descriptors as far as the hard one lets it. Children are started with the limit that
  /// this process had before.
  public static func raiseDescriptorLimit(to wanted: Int) throws(Errno) {
    try systemCall("setrlimit") { honeydew_raise_descriptor_limit(UInt64(wanted)) }
  }

  /// How many descriptors this process may open: the soft limit.
  public static var descriptorLimit: UInt64 {
    var limit = rlimit()
    let result = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    precondition(result == 0, "a limit that there is can be read")
    return UInt64(limit.rlim_cur)
  }

  /// Becomes another user, with no group but its own, for good: for a process with one thread that root has started.
  public static func become(uid: UInt32, gid: UInt32) throws(Errno) {
    precondition(uid != 0, "that would be no other user")
    var group = gid
    try systemCall("setgroups") { setgroups(1, &group) }
    try systemCall("setgid") { setgid(gid) }
    try systemCall("setuid") { setuid(uid) }
  }

  // MARK: Memory

  /// Has each large allocation mapped for itself, for good: its memory goes back to the system when it is freed. (By
  /// default the C library takes a large one that was freed for a sign to keep the next ones, mallopt(3).)
  public static func mapLargeAllocations() {
    honeydew_map_large_allocations()
  }

  /// Gives the pages of small allocations that were freed back to the system (malloc_trim(3)).
  public static func giveMemoryBack() {
    honeydew_trim_heap()
  }

  // MARK: Usage

  /// The most memory that was resident in this program at any time (`VmHWM` in proc(5)).
  ///
  /// A child that `ChildProcess` starts is counted with no less: until its executable is loaded it shares this
  /// process's memory, and Linux keeps the maximum over that (`setmax_mm_hiwater_rss` in the kernel's `fs/exec.c`). So
  /// `getrusage` would not do: it counts what this process had at its start.
  ///
  /// - Returns: nil where the kernel does not tell.
  public static func maximumResidentBytes() throws(Errno) -> UInt64? {
    let text = String(decoding: try Files.read("/proc/self/status", limit: 64 << 10), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split { " \t".contains($0) }.dropFirst().first.flatMap { UInt64($0) }.map { $0 * 1024 }
  }

  // MARK: Children of children

  /// Makes this process the parent of its descendants whose own parent ends (`PR_SET_CHILD_SUBREAPER`).
  public static func becomeSubreaper() throws(Errno) {
    try systemCall("prctl") { honeydew_set_child_subreaper() }
  }

  /// The pid of one ended child that waits to be reaped, without reaping it; nil when there is none.
  ///
  /// It may be a `ChildProcess`, whose own `reap` then reaps it, after which this shows the next one.
  public static func peekEndedChild() throws(Errno) -> Int32? {
    var exit = honeydew_exit()
    return try systemCall("waitid") { honeydew_wait_pid(0, 1, &exit) } == 1 ? exit.pid : nil
  }

  /// Reaps exactly this child, an adopted one; nil while it runs or when it is no child of ours.
  public static func reap(_ pid: Int32) throws(Errno) -> Termination? {
    precondition(pid > 0, "not the pid of one process")
    var exit = honeydew_exit()
    return try systemCall("waitid") { honeydew_wait_pid(pid, 0, &exit) } == 1 ? Termination(exit) : nil
  }
}

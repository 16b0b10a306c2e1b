internal import Glibc

/// The system calls that a client of the API makes, all that a worker may do.
struct SystemCallRules {
  /// A condition on an argument: its bits under the mask have this value.
  struct Condition: Equatable {
    var argument: UInt32
    var mask: UInt64 = .max
    var value: UInt64
  }

  enum Answer: Equatable {
    case allowed
    /// The call fails in silence: the C library makes it, and does without.
    case fails(Int32)
  }

  struct Rule: Equatable {
    var call: String
    var answer = Answer.allowed
    /// All of them hold.
    var conditions: [Condition] = []
  }

  /// The calls that may be made whatever their arguments are. Those that a processor does not have are passed over.
  static let free = [
    // Memory.
    "brk", "munmap", "mremap", "mprotect", "madvise",
    // Descriptors that are open.
    "read", "readv", "pread64", "write", "writev", "pwrite64", "close", "lseek", "fstat", "newfstatat", "statx",
    "ftruncate", "fsync", "fdatasync", "pipe2", "eventfd2",
    // The network.
    "connect", "getpeername", "getsockname", "shutdown", "recvfrom", "recvmsg", "sendto",
    "sendmsg", "sendmmsg",
    // Waiting.
    "poll", "ppoll", "select", "pselect6", "pause", "clock_nanosleep", "nanosleep", "restart_syscall",
    // Threads, and signals to itself.
    "futex", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "sigaltstack", "exit", "exit_group",
    // Questions about itself.
    "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "clock_gettime",
    "clock_getres", "gettimeofday", "time", "getrandom", "uname", "sysinfo",
  ]

  /// What `open(2)` has in its flags when something is to be written, created or cut off, O_TMPFILE among it, or only to
  /// be pointed at (O_PATH).
  private static let writing = UInt64(O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | 0o2000_0000 | 0o1000_0000)
  /// What makes a `clone` a thread of this process, as glibc's `pthread_create` asks for it: CLONE_VM, FS, FILES,
  /// SYSVSEM, SIGHAND, THREAD, SETTLS, PARENT_SETTID and CHILD_CLEARTID.
  private static let thread: UInt64 = 0x3D0F00
  /// SOCK_NONBLOCK and SOCK_CLOEXEC may stand beside a socket's type.
  private static let socketType: UInt64 = 0xF

  /// The options of sockets that libcurl and the resolver set, by level. SO_LINGER is not among them: a socket that
  /// lingers, passed to the daemon and dropped there, would hold the daemon up for as long.
  private static let socketOptions: [(level: Int32, options: [Int32])] = [
    (SOL_SOCKET, [SO_REUSEADDR, SO_KEEPALIVE, SO_SNDBUF, SO_RCVBUF]),
    (
      Int32(IPPROTO_TCP),
      [TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT, TCP_FASTOPEN_CONNECT]
    ),
    (Int32(IPPROTO_IP), [IP_MTU_DISCOVER, IP_RECVERR]),
    (Int32(IPPROTO_IPV6), [IPV6_MTU_DISCOVER, IPV6_RECVERR, IPV6_V6ONLY]),
  ]

  let all: [Rule]

  /// - Parameter pid: the process's own.
  init(pid: Int32) {
    let protocols = [(SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP)]
    let own = Condition(argument: 0, value: UInt64(pid))
    var rules = Self.free.map { Rule(call: $0) }
    rules.append(Rule(call: "openat", conditions: [Condition(argument: 2, mask: Self.writing, value: 0)]))
    for family in [AF_INET, AF_INET6] {
      for (type, standard) in protocols {
        for number in [0, UInt64(standard)] {
          rules.append(
            Rule(
              call: "socket",
              conditions: [
                Condition(argument: 0, value: UInt64(family)),
                Condition(argument: 1, mask: Self.socketType, value: UInt64(type.rawValue)),
                Condition(argument: 2, value: number),
              ]))
        }
      }
    }
    for (level, options) in Self.socketOptions {
      for option in options {
        rules.append(
          Rule(
            call: "setsockopt",
            conditions: [Condition(argument: 1, value: UInt64(level)), Condition(argument: 2, value: UInt64(option))]))
      }
    }
    for level in [SOL_SOCKET, Int32(IPPROTO_TCP)] {
      rules.append(Rule(call: "getsockopt", conditions: [Condition(argument: 1, value: UInt64(level))]))
    }
    // Shared memory does not count against the limit of memory.
    rules.append(Rule(call: "mmap", conditions: [Condition(argument: 3, mask: UInt64(MAP_SHARED), value: 0)]))
    // The name service cache, systemd's resolver and netlink's list of addresses: the C library asks the name servers
    // itself, and takes it that there are addresses of both families.
    for family in [AF_UNIX, AF_NETLINK] {
      rules.append(
        Rule(
          call: "socket", answer: .fails(EAFNOSUPPORT), conditions: [Condition(argument: 0, value: UInt64(family))]))
    }
    // libcurl wakes its own wait through a pair. An end of one for datagrams could be turned to any socket of the host.
    rules.append(
      Rule(
        call: "socketpair",
        conditions: [
          Condition(argument: 0, value: UInt64(AF_UNIX)),
          Condition(argument: 1, mask: Self.socketType, value: UInt64(SOCK_STREAM.rawValue)),
        ]))
    rules.append(Rule(call: "clone", conditions: [Condition(argument: 0, value: Self.thread)]))
    // glibc then uses `clone`, whose flags a filter can read.
    rules.append(Rule(call: "clone3", answer: .fails(ENOSYS)))
    for call in ["kill", "tgkill"] { rules.append(Rule(call: call, conditions: [own])) }
    // Limits are read, and only its own.
    rules.append(
      Rule(call: "prlimit64", conditions: [Condition(argument: 0, value: 0), Condition(argument: 2, value: 0)]))
    for command in [F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL] {
      rules.append(Rule(call: "fcntl", conditions: [Condition(argument: 1, value: UInt64(command))]))
    }
    for request in [FIONREAD, FIONBIO] {
      rules.append(Rule(call: "ioctl", conditions: [Condition(argument: 1, value: UInt64(request))]))
    }
    rules.append(Rule(call: "ioctl", answer: .fails(ENOTTY), conditions: [Condition(argument: 1, value: 0x5401)]))
    all = rules
  }
}

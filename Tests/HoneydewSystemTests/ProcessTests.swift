import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct ProcessTests {
  @Test func `a broken pipe is an error and not the end`() async {
    await #expect(processExitsWith: .success) {
      Process.ignoreBrokenPipes()
      var ends: [Int32] = [0, 0]
      #expect(pipe(&ends) == 0)
      close(ends[0])
      let pipe = FileDescriptor(owning: ends[1])
      #expect(throws: Errno(EPIPE, call: "write")) { try pipe.writeAll([1]) }
    }
  }

  @Test func `new privileges can be given up`() async {
    await #expect(processExitsWith: .success) {
      try Process.setNoNewPrivileges()
      let status = String(decoding: try Files.read("/proc/thread-self/status", limit: 1 << 16), as: UTF8.self)
      #expect(status.contains("NoNewPrivs:\t1\n"))
    }
  }

  @Test func `a parent that is another one already is told`() async {
    await #expect(processExitsWith: .success) {
      let isParent = try Process.setParentDeathSignal(SIGKILL, parent: getppid())
      let isStranger = try !Process.setParentDeathSignal(SIGKILL, parent: getppid() + 1)
      #expect(isParent && isStranger)
    }
  }

  @Test func `limits hold, soft and hard`() async {
    await #expect(processExitsWith: .success) {
      let limits: [(Process.Resource, __rlimit_resource, UInt64)] = [
        (.addressSpace, RLIMIT_AS, 1 << 46), (.data, RLIMIT_DATA, 1 << 45), (.coreSize, RLIMIT_CORE, 0),
        (.descriptors, RLIMIT_NOFILE, 200), (.cpuSeconds, RLIMIT_CPU, 3000),
      ]
      for (resource, number, value) in limits {
        try Process.setResourceLimit(resource, to: value)
        var limit = rlimit()
        #expect(getrlimit(__rlimit_resource_t(number.rawValue), &limit) == 0)
        #expect(limit.rlim_cur == value && limit.rlim_max == value)
      }
      let error = #expect(throws: Errno.self) {
        var copies: [FileDescriptorBox] = []
        while true { copies.append(FileDescriptorBox(try FileDescriptor(duplicating: 0))) }
      }
      #expect(error?.number == EMFILE)
    }
  }

  @Test func `the process knows what it uses`() throws {
    let meter = try UsageMeter()
    let before = try meter.read()
    #expect(before.residentBytes > 1 << 20)
    let maximum = try #require(try Process.maximumResidentBytes())
    #expect((1 << 20..<1 << 40).contains(maximum))
    let deadline = Clock.monotonic() + .seconds(10)
    while try meter.read().cpuTime == before.cpuTime, Clock.monotonic() < deadline {}
    #expect(try meter.read().cpuTime > before.cpuTime)
  }
}

/// A descriptor that an array can hold.
private final class FileDescriptorBox {
  private let descriptor: FileDescriptor

  init(_ descriptor: consuming FileDescriptor) {
    self.descriptor = descriptor
  }
}

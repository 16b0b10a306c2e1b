import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct LockFileTests {
  let directory = TemporaryDirectory()
  var path: String { directory.file("lock") }

  @Test func `another process is refused, and told who holds the lock`() async throws {
    let lock = try LockFile(path)

    await #expect(processExitsWith: .success) { [path = path as String, pid = getpid() as Int32] in
      #expect(throws: LockFile.Failure.held(pid: pid)) { _ = try LockFile(path) }
    }
    #expect(try Files.status(path)?.mode == 0o600)
    withExtendedLifetime(lock) {}
  }

  @Test func `a lock is free again when its holder is killed`() async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let lock = try LockFile(path)
      raise(SIGKILL)
      withExtendedLifetime(lock) {}
    }
    #expect(try Files.read(path, limit: 64) != [])
    let lock = try LockFile(path)
    #expect(try Files.read(path, limit: 64) == Array("\(getpid())\n".utf8))
    withExtendedLifetime(lock) {}
  }

  @Test func `a lock that is let go can be taken, and the file stays`() throws {
    var lock: LockFile? = try LockFile(path)
    #expect(throws: LockFile.Failure.held(pid: getpid())) { _ = try LockFile(path) }
    withExtendedLifetime(lock) {}
    lock = nil
    #expect(try Files.list(directory.path) == ["lock"])
    try wait { (try? LockFile(path)) != nil }
  }

  @Test func `who only looks keeps nobody from the lock`() async throws {
    try Files.writeAtomically([], to: path, mode: 0o600)
    // As one that looks all the time.
    let looker = try ChildProcess(
      ChildProcess.Command(
        path: "/usr/bin/python3",
        arguments: [
          "python3", "-c",
          """
          import fcntl, sys, time
          lock = open(sys.argv[1])
          while True:
            fcntl.flock(lock, fcntl.LOCK_SH); time.sleep(0.0005); fcntl.flock(lock, fcntl.LOCK_UN); time.sleep(0.001)
          """, path,
        ], environment: []))
    defer {
      looker.signal(SIGKILL)
      _ = try? end(of: looker)
    }
    let number = Glibc.open(path, O_RDONLY)
    try wait {
      // It has begun when the lock cannot be had.
      let isFree = flock(number, LOCK_EX | LOCK_NB) == 0
      flock(number, LOCK_UN)
      return !isFree
    }
    close(number)
    await #expect(processExitsWith: .success) { [path = path as String] in
      for _ in 0..<200 { _ = try LockFile(path) }
    }
  }

  @Test func `a file that is removed under its holder frees no lock`() throws {
    var lock: LockFile? = try LockFile(path)
    unlink(path)
    #expect(throws: LockFile.Failure.held(pid: nil)) { _ = try LockFile(path) }
    withExtendedLifetime(lock) {}
    lock = nil
    try wait { (try? LockFile(path)) != nil }
  }

  @Test func `a child that outlives the holder does not keep the lock`() throws {
    var lock: LockFile? = try LockFile(path)
    let child = try shell("exec sleep 100")
    withExtendedLifetime(lock) {}
    lock = nil
    try wait { (try? LockFile(path)) != nil }
    #expect(try child.reap() == nil)
    child.signal(SIGKILL)
    _ = try end(of: child)
  }

  @Test func `a holder that wrote no number is unknown`() throws {
    let lock = try LockFile(path)
    #expect(truncate(path, 0) == 0)
    #expect(throws: LockFile.Failure.held(pid: nil)) { _ = try LockFile(path) }
    withExtendedLifetime(lock) {}
  }

  @Test func `a link and a directory are no lock files`() throws {
    #expect(symlink("elsewhere", path) == 0)
    #expect(throws: LockFile.Failure.failed(Errno(ELOOP, call: "open", detail: path))) { _ = try LockFile(path) }
    #expect(throws: LockFile.Failure.failed(Errno(EISDIR, call: "open", detail: directory.path))) {
      _ = try LockFile(directory.path)
    }
    #expect(try Files.list(directory.path) == ["lock"])
  }

  @Test func `a refused lock leaves no descriptor behind`() throws {
    let lock = try LockFile(path)
    #expect((try? LockFile(path)) == nil)
    let descriptors = try Files.list("/proc/self/fd").compactMap { try? Files.realPath("/proc/self/fd/\($0)") }
    #expect(try descriptors.count { try $0 == Files.realPath(path) } == 1)
    withExtendedLifetime(lock) {}
  }
}

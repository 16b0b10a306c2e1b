import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct AtomicWriteTests {
  let directory = TemporaryDirectory()
  var path: String { directory.file("f") }

  @Test(arguments: [0o600 as UInt32, 0o644, 0o666])
  func `a file is replaced by one with exactly the mode`(mode: UInt32) throws {
    try Files.writeAtomically(Array("a longer old one".utf8), to: path, mode: 0o640)
    try Files.writeAtomically(Array("new".utf8), to: path, mode: mode)
    #expect(try Files.read(path, limit: 100) == Array("new".utf8))
    #expect(try Files.status(path)?.mode == mode)
    #expect(try Files.list(directory.path) == ["f"])
  }

  @Test func `who has the old file open goes on reading the old one`() throws {
    try Files.writeAtomically(Array("old".utf8), to: path, mode: 0o600)
    let reader = try Files.open(path, flags: O_RDONLY)
    try Files.writeAtomically(Array("new".utf8), to: path, mode: 0o600)
    #expect(try readAll(reader) == "old")
  }

  @Test func `what a crash left behind is replaced, and a link in its place is not followed`() throws {
    let victim = directory.file("victim")
    try Files.writeAtomically(Array("victim".utf8), to: victim, mode: 0o600)
    close(open(path + ".new", O_CREAT | O_WRONLY, 0o444))
    try Files.writeAtomically(Array("1".utf8), to: path, mode: 0o600)
    #expect(symlink("victim", path + ".new") == 0)
    try Files.writeAtomically(Array("2".utf8), to: path, mode: 0o600)
    #expect(try Files.read(path, limit: 100) == Array("2".utf8))
    #expect(try Files.read(victim, limit: 100) == Array("victim".utf8))
    #expect(try Files.list(directory.path) == ["f", "victim"])
  }

  @Test func `a write that fails half-way leaves the old file and nothing else`() async throws {
    try Files.writeAtomically(Array("old".utf8), to: path, mode: 0o600)
    await #expect(processExitsWith: .success) { [path = path as String] in
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
      #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      #expect(throws: Errno(EFBIG, call: "write", detail: path)) {
        try Files.writeAtomically([UInt8](repeating: 1, count: 10_000), to: path, mode: 0o600)
      }
    }
    #expect(try Files.read(path, limit: 100) == Array("old".utf8))
    #expect(try Files.list(directory.path) == ["f"])
  }

  @Test func `a directory in the way and a missing one are refused with the path`() throws {
    try Files.makeDirectory(path)
    let inTheWay = #expect(throws: Errno.self) { try Files.writeAtomically([1], to: path, mode: 0o600) }
    #expect(inTheWay?.number == EISDIR)
    #expect(inTheWay?.description.contains(path) == true)
    #expect(try Files.list(directory.path) == ["f"])
    let missing = #expect(throws: Errno.self) { try Files.writeAtomically([1], to: path + "/no/f", mode: 0o600) }
    #expect(missing?.number == ENOENT)
  }

  @Test(arguments: [1, 3, 7, 15])
  func `a process that dies at any moment leaves one whole file`(milliseconds: Int) async throws {
    let size = 100_000
    try Files.writeAtomically([UInt8](repeating: 0, count: size), to: path, mode: 0o600)
    await #expect(processExitsWith: .signal(SIGALRM)) {
      [path = path as String, size = size as Int, milliseconds = milliseconds as Int] in
      var timer = itimerval()
      timer.it_value.tv_usec = milliseconds * 1000
      #expect(setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil) == 0)
      var version: UInt8 = 0
      while true {
        version &+= 1
        try Files.writeAtomically([UInt8](repeating: version, count: size), to: path, mode: 0o600)
      }
    }
    let content = try Files.read(path, limit: 1 << 20)
    #expect(content.count == size)
    #expect(Set(content).count == 1)
    try Files.writeAtomically([1], to: path, mode: 0o600)
    #expect(try Files.list(directory.path) == ["f"])
  }
}

import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct FilesTests {
  let directory = TemporaryDirectory()

  @Test func `a file of proc is read whole, although it has no size`() throws {
    #expect(try Files.status("/proc/self/maps")?.size == 0)
    let maps = try Files.read("/proc/self/maps", limit: 1 << 24)
    #expect(maps.count > 16384)
    #expect(maps.last == UInt8(ascii: "\n"))
  }

  @Test func `a file is read up to the limit and no further`() throws {
    let path = directory.file("f")
    try write(40_000, to: path)
    #expect(try Files.read(path, limit: 40_000) == [UInt8](repeating: 7, count: 40_000))
    #expect(throws: Errno(EFBIG, call: "read", detail: "\(path) is longer than 39999 bytes")) {
      try Files.read(path, limit: 39_999)
    }
  }

  @Test func `errors name the call and the path`() throws {
    let path = directory.file("none/f")
    #expect(throws: Errno(ENOENT, call: "open", detail: path)) { try Files.read(path, limit: 10) }
    #expect(throws: Errno(ENOENT, call: "opendir", detail: path)) { try Files.list(path) }
    #expect(throws: Errno(ENOENT, call: "realpath", detail: path)) { try Files.realPath(path) }
    #expect(throws: Errno(ENOENT, call: "rename", detail: "\(path) to \(path)2")) {
      try Files.rename(path, to: path + "2")
    }
    #expect(throws: Errno(EISDIR, call: "read", detail: directory.path)) { try Files.read(directory.path, limit: 10) }
  }

  @Test func `a path with a NUL byte reaches no file`() throws {
    let path = directory.file("f")
    try write(1, to: path)
    let longer = path + "\u{0}x"
    let calls: [(String) throws -> Void] = [
      { _ = try Files.read($0, limit: 10) }, { _ = try Files.remove($0) }, { _ = try Files.status($0) },
      { _ = try Files.list($0) }, { _ = try Files.realPath($0) }, { try Files.makeDirectory($0) },
      { try Files.rename($0, to: path) }, { try Files.rename(path, to: $0) },
      { try Files.writeAtomically([], to: $0, mode: 0o600) },
    ]
    for call in calls {
      let error = #expect(throws: Errno.self) { try call(longer) }
      #expect(error?.number == EINVAL)
    }
    #expect(try Files.list(directory.path) == ["f"])
  }

  @Test func `a directory is listed in order, hidden files too`() throws {
    for name in ["b", "a", ".hidden", "...", "ä"] { try write(0, to: directory.file(name)) }
    #expect(try Files.list(directory.path) == ["...", ".hidden", "a", "b", "ä"])
  }

  @Test func `a file is removed once`() throws {
    try write(1, to: directory.file("f"))
    #expect(try Files.remove(directory.file("f")))
    #expect(try !Files.remove(directory.file("f")))
  }

  @Test func `a real path has no links and no dots`() throws {
    try Files.makeDirectory(directory.file("a/b"))
    #expect(symlink("a/b", directory.file("link")) == 0)
    #expect(try Files.realPath(directory.file("link/../b/.")) == Files.realPath(directory.path) + "/a/b")
  }

  @Test(arguments: ["a", "a/b/c", "a//b/", "./a/../b"])
  func `a directory is made with its parents, for its owner alone`(name: String) throws {
    let path = directory.file(name)
    try Files.makeDirectory(path)
    try Files.makeDirectory(path)
    let status = try #require(try Files.status(path))
    #expect(status.kind == .directory)
    #expect(status.mode == 0o700)
  }

  @Test func `a directory that is there keeps its mode, and a link to one will do`() throws {
    #expect(mkdir(directory.file("a"), 0o755) == 0)
    #expect(chmod(directory.file("a"), 0o750) == 0)
    #expect(symlink("a", directory.file("link")) == 0)
    try Files.makeDirectory(directory.file("link"))
    try Files.makeDirectory(directory.file("link/b"))
    #expect(try Files.status(directory.file("a"))?.mode == 0o750)
    #expect(try Files.list(directory.file("a")) == ["b"])
  }

  @Test func `something else in the place of a directory is refused`() throws {
    try write(1, to: directory.file("f"))
    #expect(symlink("nowhere", directory.file("dangling")) == 0)
    for name in ["f", "f/below", "dangling"] {
      let error = #expect(throws: Errno.self) { try Files.makeDirectory(directory.file(name)) }
      #expect(error?.number == ENOTDIR)
    }
  }

  private func write(_ count: Int, to path: String) throws {
    let file = try Files.open(path, flags: O_WRONLY | O_CREAT | O_EXCL)
    try file.writeAll([UInt8](repeating: 7, count: count))
  }
}

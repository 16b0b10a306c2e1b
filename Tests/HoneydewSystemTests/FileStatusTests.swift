import Glibc
import Testing

@testable import HoneydewSystem

struct FileStatusTests {
  let directory = TemporaryDirectory()

  @Test func `every kind of file is told`() throws {
    try Files.writeAtomically([1, 2, 3], to: directory.file("file"), mode: 0o640)
    try Files.makeDirectory(directory.file("directory"))
    #expect(mkfifo(directory.file("pipe"), 0o600) == 0)
    let socket = try UnixSocket.listen(path: directory.file("socket"))
    #expect(try kind("file") == .file)
    #expect(try kind("directory") == .directory)
    #expect(try kind("pipe") == .pipe)
    #expect(try kind("socket") == .socket)
    #expect(try Files.status("/dev/null")?.kind == .characterDevice)
    socket.close()
  }

  @Test func `size, mode and owner are told, of a path, a link and an open file alike`() throws {
    let path = directory.file("f")
    try Files.writeAtomically([1, 2, 3], to: path, mode: 0o4750)
    #expect(symlink("f", directory.file("link")) == 0)
    let status = try #require(try Files.status(path))
    #expect(status.size == 3)
    #expect(status.mode == 0o4750)
    #expect(status.uid == geteuid())
    #expect(try Files.status(directory.file("link")) == status)
    let file = try Files.open(path, flags: O_RDONLY)
    #expect(try Files.status(of: file.fileNumber) == status)
  }

  @Test func `no file is nil, and a path through a file is an error`() throws {
    #expect(try Files.status(directory.file("none")) == nil)
    try Files.writeAtomically([], to: directory.file("f"), mode: 0o600)
    #expect(throws: Errno(ENOTDIR, call: "stat", detail: directory.file("f/x"))) {
      try Files.status(directory.file("f/x"))
    }
  }

  private func kind(_ name: String) throws -> FileStatus.Kind? { try Files.status(directory.file(name))?.kind }
}

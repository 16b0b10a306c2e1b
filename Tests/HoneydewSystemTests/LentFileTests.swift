import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct LentFileTests {
  let directory = TemporaryDirectory()

  private func fill(_ file: LentFile, _ count: Int) throws {
    try file.descriptor.duplicate().writeAll([UInt8](repeating: 1, count: count))
  }

  @Test("A lent file gets its name when it is as it was said, also a second time", arguments: [true, false])
  func keep(namelessly: Bool) throws {
    let file = try LentFile(in: directory.path, namelessly: namelessly)
    try fill(file, 1000)
    #expect(try Files.list(directory.path).count == (namelessly ? 0 : 1))
    #expect(try file.keep(as: "job.1", size: 1000) == nil)
    #expect(try file.keep(as: "job.1", size: 1000) == nil)
    #expect(try Files.list(directory.path) == ["job.1"])
    #expect(try Files.status("\(directory.path)/job.1")?.size == 1000)
    #expect(try Files.status("\(directory.path)/job.1")?.mode == 0o600)
  }

  @Test("It takes the place of a file that nobody remembers", arguments: [true, false])
  func replace(namelessly: Bool) throws {
    try Files.open("\(directory.path)/job.1", flags: O_WRONLY | O_CREAT).writeAll([1, 2, 3])
    let file = try LentFile(in: directory.path, namelessly: namelessly)
    #expect(try file.keep(as: "job.1", size: 0) == nil)
    #expect(try Files.status("\(directory.path)/job.1")?.size == 0)
  }

  @Test(
    "A lie about its size, or a name that somebody gave it, is told, and it gets no name", arguments: [true, false])
  func lies(namelessly: Bool) throws {
    let file = try LentFile(in: directory.path, namelessly: namelessly)
    try fill(file, 10)
    #expect(try file.keep(as: "job.1", size: 11) == "its file has 10 bytes, and it said 11")
    let own = "/proc/self/fd/\(file.descriptor.fileNumber)"
    #expect(linkat(AT_FDCWD, own, AT_FDCWD, directory.path + "/other", AT_SYMLINK_FOLLOW) == 0)
    #expect(try file.keep(as: "job.1", size: 10)?.hasPrefix("its file has ") == true)
    #expect(try Files.status("\(directory.path)/job.1") == nil)
  }

  @Test("One that is not kept leaves nothing behind", arguments: [true, false])
  func dropped(namelessly: Bool) throws {
    _ = try LentFile(in: directory.path, namelessly: namelessly)
    #expect(try Files.list(directory.path).isEmpty)
  }

  @Test("None is made, and none is named, where a link leads", arguments: [true, false])
  func link(namelessly: Bool) throws {
    let (place, elsewhere) = (directory.path + "/results", directory.path + "/elsewhere")
    #expect(mkdir(place, 0o700) == 0 && mkdir(elsewhere, 0o700) == 0)
    let file = try LentFile(in: place, namelessly: namelessly)
    try Files.rename(place, to: directory.path + "/moved")
    #expect(symlink("elsewhere", place) == 0)
    #expect(throws: Errno.self) { _ = try file.keep(as: "job.1", size: 0) }
    #expect(throws: Errno.self) { _ = try LentFile(in: place, namelessly: namelessly) }
    #expect(try Files.list(elsewhere).isEmpty)
  }

  @Test func `an open file comes along with the bytes that are sent`() throws {
    let loop = try EventLoop()
    let pair = try UnixSocket.pair()
    let channel = try StreamChannel(pair.ours, on: loop, outputLimit: 1000)
    let file = try LentFile(in: directory.path)
    channel.pass(try file.descriptor.duplicate())
    #expect(channel.isPassing)
    #expect(channel.queue([1, 2, 3]))
    channel.flush()
    #expect(!channel.isPassing)
    var passed: FileDescriptor?
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 1)
    defer { buffer.deallocate() }
    let result = try pair.theirs.receive(into: buffer, file: &passed)
    #expect(result == .read(3))
    let number = passed.take()?.release() ?? -1
    #expect(write(number, "hello", 5) == 5)
    close(number)
    #expect(try file.keep(as: "job.1", size: 5) == nil)
  }
}

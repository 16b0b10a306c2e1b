import Glibc
import HoneydewSystem
import HoneydewTestSupport
import Testing

struct ReserveFileTests {
  private let directory = TemporaryDirectory()
  private let mebibyte: Int64 = 1 << 20

  @Test func `keeps as much room as was taken, and gives it back`() throws {
    let reserve = ReserveFile(directory.file("reserve"))
    #expect(reserve.size == 0)
    try reserve.take(bytes: mebibyte)
    #expect(reserve.size == mebibyte)
    try reserve.take(bytes: 2 * mebibyte)
    #expect(reserve.size == 2 * mebibyte)
    reserve.giveUp()
    #expect(try Files.status(reserve.path) == nil)
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["hole", "link", "second name", "pipe"])
  func `is nothing that only looks like it, and takes its place`(kind: String) throws {
    let reserve = ReserveFile(directory.file("reserve"))
    let other = directory.file("other")
    try Files.writeAtomically([7], to: other, mode: 0o600)
    switch kind {
    case "hole":
      try Files.writeAtomically([], to: reserve.path, mode: 0o600)
      #expect(truncate(reserve.path, off_t(2 * mebibyte)) == 0)
    case "link": #expect(symlink(other, reserve.path) == 0)
    case "second name": #expect(Glibc.link(other, reserve.path) == 0)
    default: #expect(mkfifo(reserve.path, 0o600) == 0)
    }
    #expect(reserve.size == 0)
    try reserve.take(bytes: mebibyte)
    #expect(reserve.size == mebibyte)
    #expect(try Files.read(other, limit: 10) == [7])
  }
}

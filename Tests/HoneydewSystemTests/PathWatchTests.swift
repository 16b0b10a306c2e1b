import Glibc
import HoneydewTestSupport
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1))) final class `A watch of paths` {
  let directory = TemporaryDirectory()
  let loop: EventLoop
  private var changes = 0

  init() throws {
    loop = try EventLoop()
  }

  private func write(_ name: String) throws { try Files.writeAtomically([1], to: directory.file(name), mode: 0o644) }

  /// How often a change is told after this one.
  private func told(_ paths: [String], _ change: () throws -> Void) throws -> Int {
    let watch = try PathWatch(on: loop) { [unowned self] in changes += 1 }
    changes = 0
    try watch.watch(paths)
    try change()
    // What is to be told is there at once (inotify(7)).
    try loop.turn(by: loop.now)
    return changes
  }

  @Test func `tells when a file comes, changes, gets other rights, is replaced and goes`() throws {
    let path = directory.file("a")
    #expect(try told([path]) { try write("a") } == 1)
    #expect(try told([path]) { try write("a") } == 1)
    #expect(try told([path]) { close(open(path, O_WRONLY)) } == 1)
    #expect(try told([path]) { chmod(path, 0) } == 1)
    #expect(try told([path]) { unlink(path) } == 1)
  }

  @Test func `is quiet about what has nothing to do with it`() throws {
    try write("a")
    let path = directory.file("a")
    #expect(
      try told([path]) {
        try write("b")
        unlink(directory.file("b"))
        _ = try Files.read(path, limit: 9)
      } == 0)
  }

  @Test func `follows links, and tells where one of them leads elsewhere`() throws {
    try Files.makeDirectory(directory.file("zones"))
    try Files.makeDirectory(directory.file("old"))
    try write("zones/x")
    #expect(symlink("../zones/x", directory.file("old/y")) == 0)
    #expect(symlink(directory.file("old/y"), directory.file("local")) == 0)
    let path = directory.file("local")
    #expect(try told([path]) { try write("zones/x") } == 1)
    #expect(try told([path]) { rename(directory.file("old"), directory.file("older")) } == 1)
    #expect(try told([path]) { rename(directory.file("older"), directory.file("old")) } == 1)
    #expect(
      try told([path]) {
        symlink("/nowhere", directory.file("new"))
        rename(directory.file("new"), directory.file("old/y"))
      } == 1)
  }

  @Test func `waits for directories that are missing`() throws {
    let path = directory.file("one/two/three")
    #expect(try told([path]) { try Files.makeDirectory(directory.file("one")) } == 1)
    #expect(try told([path]) { try Files.makeDirectory(directory.file("one/two")) } == 1)
    #expect(try told([path]) { try write("one/two/three") } == 1)
    #expect(try told([path]) { try write("one/two/four") } == 0)
  }

  @Test func `ends with links that lead in a circle`() throws {
    #expect(symlink("b", directory.file("a")) == 0)
    #expect(symlink("a", directory.file("b")) == 0)
    #expect(try told([directory.file("a"), "/", ""]) { unlink(directory.file("b")) } == 1)
  }

  @Test func `forgets what is watched no longer`() throws {
    try Files.makeDirectory(directory.file("one"))
    let watch = try PathWatch(on: loop) { [unowned self] in changes += 1 }
    try watch.watch([directory.file("one/a"), directory.file("b")])
    try watch.watch([directory.file("b")])
    try write("one/a")
    try loop.turn(by: loop.now)
    #expect(changes == 0)
    try write("b")
    try loop.turn(by: loop.now)
    #expect(changes > 0)
  }
}

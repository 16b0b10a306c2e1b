import HoneydewCore
import Testing

struct InstanceNameTests {
  @Test(arguments: ["a", "Z", "9", "_", "blue-2", "a_b", String(repeating: "x", count: 64)])
  func `Letters, digits, hyphens and underscores name an instance`(name: String) {
    #expect(InstanceName.isLegal(name))
    #expect(InstanceName.home(name, in: "/h") == "/h/instances/\(name)")
  }

  @Test(arguments: [
    "", "-", "-a", ".", "..", "a.b", "a/b", "a b", "a\n", "a\0", "ä", String(repeating: "x", count: 65),
  ])
  func `No other text does, since it is a part of paths and command lines`(name: String) {
    #expect(!InstanceName.isLegal(name))
  }

  @Test func `What a daemon has put into its home is known, and nothing else`() {
    for name in [
      "config.yaml", "daemon.db", "daemon.db-wal", "daemon.db.before-2026-01-31T12-00-00.000Z", "daemon.sock",
      "daemon.lock",
      "daemon.log", "daemon-2026-01-31T12-00-00.000Z.log.gz", "daemon.pid", "master.key", "master.key.new", "results",
      "results.before-2026-01-31T12-00-00.000Z", "output",
    ] { #expect(HomeContents.isKnown(name), "\(name)") }
    for name in ["", "instances", "thesis.txt", "config.yaml~", ".git", "outputs", "my daemon.db"] {
      #expect(!HomeContents.isKnown(name), "\(name)")
    }
  }
}

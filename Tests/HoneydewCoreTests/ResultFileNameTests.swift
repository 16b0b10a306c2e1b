import HoneydewCore
import Testing

@Suite("The name of a result's file") struct ResultFileNameTests {
  @Test("is a job's id and an attempt", arguments: [("k3v9m2x7aaaaa", Int32(1)), ("k3v9m2x7aaaaa", .max), ("j", 0)])
  func legal(id: String, attempt: Int32) {
    #expect(ResultFileName.isLegal(ResultFileName.name(id: id, attempt: attempt), of: id))
  }

  @Test(
    "is nothing else, so that no path, link or other job is reached by it",
    arguments: [
      "", ".", "..", "../master.key", "../../etc/passwd", "/etc/passwd", "k3v9m2x7aaaaa", "k3v9m2x7aaaaa.", ".1",
      "k3v9m2x7aaaaa.1.part", "k3v9m2x7aaaaa.-1", "k3v9m2x7aaaaa.1/", "k3v9m2x7aaaaa.+1", "k3v9m2x7aaaaa.12345678901",
      "k3v9m2x7aaaaa.1\u{0}", "K3V9.1", "k3v9m2x7aaaaa.٣", "other.1",
    ])
  func illegal(name: String) {
    #expect(!ResultFileName.isLegal(name, of: "k3v9m2x7aaaaa"))
  }
}

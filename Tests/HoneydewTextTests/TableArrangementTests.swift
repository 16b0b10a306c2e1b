import HoneydewText
import Testing

@Suite struct `A table in another order` {
  private let table: Table = {
    var table = Table([
      Table.Column(title: "JOB"), Table.Column(title: "LAST EXIT", isExpendable: true),
      Table.Column(title: "MEMORY", isRightAligned: true),
    ])
    table.add([Table.Cell("b"), Table.Cell("x"), Table.Cell("9 MiB", amount: 9_000_000)])
    table.add([Table.Cell("a"), Table.Cell("10"), Table.Cell("1 GiB", amount: 1_000_000_000)])
    table.add([Table.Cell("c"), Table.Cell("9"), Table.Cell("", amount: 0)])
    return table
  }()

  private func jobs(_ key: String?) throws -> [String] {
    try table.arranged(columns: nil, sortedBy: key).rows.map { $0[0].text }
  }

  @Test func `goes by numbers before texts, and by amounts and not their texts`() throws {
    #expect(try jobs(nil) == ["b", "a", "c"])
    #expect(try jobs("job") == ["a", "b", "c"])
    #expect(try jobs("-job") == ["c", "b", "a"])
    #expect(try jobs("last-exit") == ["c", "a", "b"])
    #expect(try jobs("memory") == ["c", "b", "a"])
    #expect(try jobs("-MEMORY") == ["a", "b", "c"])
  }

  @Test(arguments: ["nan", "inf", "-infinity", "1e999"])
  func `takes for numbers only what has a place among them`(name: String) throws {
    var table = Table([Table.Column(title: "A")])
    for text in ["zoe", name, "9", "Ada", "10"] { table.add([Table.Cell(text)]) }
    let up = try table.arranged(columns: nil, sortedBy: "a").rows.map { $0[0].text }
    #expect(up == ["9", "10"] + ["zoe", name, "Ada"].sorted())
    #expect(try table.arranged(columns: nil, sortedBy: "-a").rows.map { $0[0].text } == up.reversed())
  }

  @Test func `shows what was asked for, and does not leave it out`() throws {
    let table = try table.arranged(columns: ["memory", "last-exit", "memory"], sortedBy: "job")
    #expect(table.columns.map(\.title) == ["MEMORY", "LAST EXIT", "MEMORY"])
    #expect(table.columns.allSatisfy { !$0.isExpendable })
    #expect(table.rows[0].map(\.text) == ["1 GiB", "10", "1 GiB"])
  }

  @Test func `Equal rows stay as they are, either way`() throws {
    var table = Table([Table.Column(title: "A"), Table.Column(title: "B")])
    for letter in ["x", "y", "z"] { table.add([Table.Cell("1"), Table.Cell(letter)]) }
    for key in ["a", "-a"] {
      #expect(try table.arranged(columns: nil, sortedBy: key).rows.map { $0[1].text } == ["x", "y", "z"])
    }
  }

  @Test func `A column that is not there is refused with one that is`() {
    #expect(throws: UsageError("--sort: there is no column \"memry\"; did you mean memory?")) {
      try table.arranged(columns: nil, sortedBy: "memry")
    }
    #expect(throws: UsageError("--columns: there is no column \"\"; there are job, last-exit, memory")) {
      try table.arranged(columns: ["job", ""], sortedBy: nil)
    }
  }
}

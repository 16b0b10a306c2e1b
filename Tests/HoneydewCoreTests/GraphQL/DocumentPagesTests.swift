import HoneydewCore
import HoneydewJSON
import Testing

private func pages(_ document: String) throws(DocumentError) -> DocumentPages? {
  try DocumentPlan(document, paginates: true).pages
}

@Suite("The pages of a document") struct DocumentPagesTests {
  @Test(
    "are those of the list that takes $after, through aliases and fragments",
    arguments: [
      (
        "query($after: String) { a { b(after: $after, first: 2) { nodes { id } total pageInfo { hasNextPage endCursor } } } }",
        ["a", "b"], "pageInfo", ["nodes", "total"]
      ),
      (
        "query($after: String) { x: a(p: {after: [$after]}) { ...F } } fragment F on C { p: pageInfo { ...I } edges { node { id } } } fragment I on P { hasNextPage startCursor endCursor }",
        ["x"], "p", ["edges"]
      ),
      (
        "query($after: String) { a { b(after: $after) { nodes } } a { b(after: $after) { pageInfo { endCursor } } ... { b(after: $after) { pageInfo { hasNextPage } } } } }",
        ["a", "b"], "pageInfo", ["nodes"]
      ),
    ] as [(String, [String], String, [String])])
  func found(document: String, path: [String], pageInfo: String, others: [String]) throws {
    let pages = try #require(try pages(document))
    #expect(pages.path == path)
    #expect((pages.pageInfo, pages.hasNextPage, pages.endCursor) == (pageInfo, "hasNextPage", "endCursor"))
    #expect(pages.others == others)
  }

  @Test(
    "are refused where nothing could be followed",
    arguments: [
      (
        "{ a { pageInfo { hasNextPage endCursor } } }",
        "1:1: the next page is asked for by a variable that is not declared; declare ($after: String) and give it to the list as after: $after"
      ),
      (
        "query($after: String) { a }",
        "1:1: no field takes $after; give it to the list whose pages are wanted, as after: $after"
      ),
      (
        "query($after: String) {\n a(after: $after) { nodes pageInfo { endCursor } } }",
        "2:2: a takes $after but does not say whether there is more; ask it for pageInfo { hasNextPage endCursor }"
      ),
      (
        "query($after: String) { a(after: $after) b(after: $after) }",
        "1:42: a second field takes $after; only one list can be followed at once"
      ),
      (
        "mutation($after: String) { a(after: $after) { pageInfo { hasNextPage endCursor } } }",
        "1:1: a mutation has no pages, and is sent once; leave paginate out"
      ),
    ])
  func refused(document: String, text: String) {
    let error = #expect(throws: DocumentError.self) { try pages(document) }
    #expect(error?.description == text)
  }

  @Test("are not looked for without end in fragments that multiply or hold themselves")
  func bounded() {
    let doubling = (0..<60).map { "fragment F\($0) on Q { x { ...F\($0 + 1) } y { ...F\($0 + 1) } }" }.joined()
    for document in [
      "query($after: String) { ...F0 } \(doubling) fragment F60 on Q { a }",
      "query($after: String) { ...F } fragment F on Q { x { ...F } }",
    ] {
      #expect(throws: DocumentError.self) { try pages(document) }
    }
  }
}

@Suite("The payload of api.query") struct DocumentCallTests {
  private let command = CommandRegistry.find("api.query")

  private func refusal(_ payload: JSONValue) throws -> PayloadError? {
    let command = try #require(command)
    do throws(PayloadError) {
      try command.check(payload: payload)
      return nil
    } catch {
      return error
    }
  }

  @Test("names variables that the operation has, all that it needs, and no other")
  func variables() throws {
    let document: JSONValue = "query($a: [Int!]!, $b: X = null, $long: String! = \"\") { f(a: $a) }"
    #expect(try refusal(["query": document, "variables": ["a": 1]]) == nil)
    #expect(try refusal(["query": document, "variables": ["a": [1], "b": ["x": 1]]]) == nil)
    let missing = try #require(try refusal(["query": document]))
    #expect(missing.argument == "variables.a")
    #expect(missing.description.hasPrefix("the operation needs the argument variables.a (a list, each element"))
    #expect(
      try refusal(["query": document, "variables": ["a": 1, "lnog": 1]])?.description
        == "the operation takes no argument \"variables.lnog\"; did you mean variables.long?")
    #expect(
      try refusal(["query": document, "variables": [1]])?.description == "variables must be an object, not a list")
    #expect(try refusal(["query": "{", "variables": nil])?.description.hasPrefix("query:1:2: expected") == true)
    #expect(try refusal([:])?.argument == "query")
  }

  @Test(
    "says whether the job may be carried out twice; what cannot be read says no",
    arguments: [
      (#"{"query":"{ a }"}"#, true), (#"{"query":"mutation { a }"}"#, false), (#"{"query":"{ a"}"#, false), ("", false),
      (#"{"query":"query A { a } mutation B { b }","operationName":"A"}"#, true),
      (#"{"query":"query A { a } mutation B { b }","operationName":"B"}"#, false),
    ])
  func repeatable(payload: String, isRepeatable: Bool) throws {
    let job = Job(
      id: "aaaaaaaaaaaaa", sequence: 1, command: "api.query", payload: Array(payload.utf8),
      createdAt: Timestamp(milliseconds: 0))
    #expect(job.registered.isRepeatable == isRepeatable)
    #expect(job.registered?.callsAPI == true)
  }
}

import HoneydewCore
import Testing

private func refusal(_ document: String, operation: String? = nil) -> String? {
  do throws(DocumentError) {
    _ = try DocumentPlan(document, operation: operation)
    return nil
  } catch {
    return error.description
  }
}

@Suite("A GraphQL document") struct DocumentPlanTests {
  @Test(
    "tells its operation's kind and name, and the keys of its root fields",
    arguments: [
      ("{a}", false, nil, ["a"]),
      ("query{a b:c}", false, nil, ["a", "b"]),
      ("mutation M { a a: a b }", true, "M", ["a", "b"]),
      ("\u{FEFF}query,,,Q\u{FEFF}{# mutation {x}\r a # }\n}", false, "Q", ["a"]),
      (
        "{ ... { a ...F } ... on Query @include(if: true) { b } } fragment F on Query { c ...F d }", false, nil,
        ["a", "c", "d", "b"]
      ),
      (#"{ a(x: "} mutation { \" \\ \u00e9 \u{1F41D}", y: """ } " \""" { """) { b } }"#, false, nil, ["a"]),
      ("{ a(x: [1 -0 2.5e-3], y: {z: {on: true}, fragment: null}, w: ENUM) }", false, nil, ["a"]),
      (
        "query query($on: [Int!]! = [1] @d(a: 1), $q: X) @d(x: $on) { query mutation: fragment on }", false, "query",
        ["query", "mutation", "on"]
      ),
      ("mutation mutation { subscription }", true, "mutation", ["subscription"]),
      ("query A{a} fragment B on X{b}", false, "A", ["a"]),
    ] as [(String, Bool, String?, [String])])
  func plans(document: String, isMutation: Bool, name: String?, keys: [String]) throws {
    let plan = try DocumentPlan(document)
    #expect(plan.isMutation == isMutation)
    #expect(plan.operationName == name)
    #expect(plan.keys == keys)
    #expect(plan.pages == nil)
  }

  @Test("with several operations is sent for the one that is named")
  func severalOperations() throws {
    let document = "query A { a }\nmutation B { b }\nsubscription C { c }"
    #expect(try DocumentPlan(document, operation: "B").isMutation)
    #expect(try DocumentPlan(document, operation: "A").keys == ["a"])
    #expect(
      refusal(document)
        == "2:1: the document has 3 operations; say which one is meant (--operation NAME, operationName): "
        + #""A", "B", "C""#)
    #expect(refusal(document, operation: "b") == #"1:1: the document has no operation "b"; it has "A", "B", "C""#)
    #expect(refusal("{a}", operation: "A") == #"1:1: the document has no operation "A"; its operation has no name"#)
    #expect(refusal(document, operation: "C")?.hasPrefix("3:1: a subscription has no end") == true)
  }

  @Test(
    "is refused with line, column and what is right",
    arguments: [
      ("", "1:1: there is no operation here, such as: query { me { username } }"),
      ("# nothing\n", "2:1: there is no operation here, such as: query { me { username } }"),
      ("fragment F on Q { a }", "1:22: there is no operation here, such as: query { me { username } }"),
      ("subscription { a }", "1:1: a subscription has no end, and a job has one; ask for the same with a query"),
      ("{ a", "1:4: expected a field or '}', found the end of the document"),
      ("{ a }\n}", #"2:1: expected an operation, such as: query { me { username } }, found "}""#),
      ("{ }", #"1:3: expected a field or '}', found "}""#),
      ("query Q", "1:8: expected '{' and what is asked for, found the end of the document"),
      ("{ é }", #"1:3: "é" does not belong into a document"#),
      ("{ a }\r\n{ b }", "1:1: an operation without a name must be the only one; name each"),
      ("query A { a }\r\rquery A { b }", "3:1: there are two operations A; give each a name of its own"),
      (
        "{ ...F } fragment F on Q { a } fragment F on Q { b }",
        "1:32: there are two fragments F; give each a name of its own"
      ),
      ("{ a ...F }", #"1:5: there is no fragment "F" in the document"#),
      (
        "type Query { a: Int }",
        #"1:1: expected query, mutation or fragment: a document that is sent defines no types, found "type""#
      ),
      (
        #"qu\u0065ry { a }"#,
        #"1:1: expected query, mutation or fragment: a document that is sent defines no types, found "qu""#
      ),
      ("{ a(x: $y) { ..b } }", "1:14: a lone '.' means nothing; write ..."),
      ("{ a() }", #"1:5: expected a name, found ")""#),
      (
        "{ a(x: \"\n\") }",
        "1:8: this string has no end on its line; close it with \", or write \"\"\" around several lines"
      ),
      ("{ a(x: \"\"\" \\\"\"\") }", #"1:8: this block string has no end; close it with """"#),
      (#"{ a(x: "\x") }"#, #"1:9: this is no escape of GraphQL; write \\ for a backslash"#),
      (#"{ a(x: "\u12") }"#, #"1:9: this is no escape; write \u00e9"#),
      ("{ a(x: 00) }", "1:8: this is no number"), ("{ a(x: 1.a) }", "1:8: this is no number"),
      ("{ a(x: 0xF) }", "1:8: this is no number"), ("{ a(x: -) }", "1:8: this is no number"),
      ("{ a(x: \"\u{0}\") }", #"1:9: a control character does not belong into a document; in a string write \u00.."#),
      ("{ # \u{7}\n a }", #"1:5: a control character does not belong into a document; in a string write \u00.."#),
      ("query ($a: Int, $a: Int) { a }", "1:17: $a is declared twice"),
      ("query ($a: Int = $b) { a }", #"1:18: expected a value that is no variable, found "$""#),
      ("fragment on on Q { a } { b }", #"1:10: expected the fragment's name, found "on""#),
    ])
  func refusals(document: String, text: String) {
    #expect(refusal(document) == text)
  }

  @Test("is refused when it is too long, too deep, or multiplies itself, and soon")
  func bounds() {
    let deep = { (count: Int) in String(repeating: "{a", count: count) + String(repeating: "}", count: count) }
    #expect(refusal(deep(100)) == nil)
    #expect(refusal(deep(101)) == "1:201: the document is nested deeper than 100")
    #expect(refusal(deep(20_000))?.hasSuffix("nested deeper than 100") == true)
    #expect(refusal("{a(x:" + String(repeating: "[", count: 60_000))?.hasSuffix("nested deeper than 100") == true)
    #expect(refusal("query($a:" + String(repeating: "[", count: 60_000))?.hasSuffix("nested deeper than 100") == true)
    #expect(refusal("{a}" + String(repeating: " ", count: 64 << 10))?.contains("at most 65536 are allowed") == true)
    let many = (0...500).map { "a\($0)" }.joined(separator: " ")
    #expect(refusal("{\(many)}") == "1:1: the operation has 501 root fields; at most 500 are allowed")
    let variables = (0...100).map { "$a\($0): Int" }.joined()
    #expect(refusal("query(\(variables)) {a}") == "1:1: the operation has 101 variables; at most 100 are allowed")
    #expect(refusal("{" + String(repeating: "a", count: 256) + "}") == "1:2: a name has at most 255 characters")
    let chain = (0..<1500).map { "fragment F\($0) on Q{...F\($0 + 1)}" }.joined()
    #expect(refusal("{...F0}\(chain)fragment F1500 on Q{a}") == nil)
    #expect(refusal("{" + String(repeating: "a ", count: 30_000) + "}")?.contains("too much at once") == true)
  }

  @Test(
    "asks for no field that takes or gives a secret, however it is written",
    arguments: [
      (
        "mutation { x: login(username: \"a\", password: \"b\") { accessToken } }",
        "1:12: login handles secrets and is no job; use: honeydew login"
      ),
      (
        "mutation { ...F } fragment F on M { ... { refreshToken(refreshToken: \"\") { accessToken } } }",
        "1:43: refreshToken handles secrets and is no job; use: honeydew login"
      ),
      (
        "query A { me { id } } mutation B { login(username: \"a\", password: \"b\") { accessToken } }",
        "1:36: login handles secrets and is no job; use: honeydew login"
      ),
      (
        "mutation($i: CreateUserInput!) { me: x me: createUser(input: $i) { id } }",
        "1:40: createUser takes a secret, which a document would leave in the open; use the command account.createUser, which seals it"
      ),
    ])
  func secrets(document: String, text: String) {
    #expect(refusal(document, operation: document.contains("query A") ? "A" : nil) == text)
  }

  @Test("A document of many operations is read in a time that grows with its length alone", .timeLimit(.minutes(1)))
  func manyOperations() throws {
    let text = (0..<4_000).map { "query q\($0){a}" }.joined() + "query Z{b}"
    for _ in 0..<20 { #expect(try DocumentPlan(text, operation: "Z").keys == ["b"]) }
  }
}

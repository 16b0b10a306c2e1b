import HoneydewCore
import Testing

@testable import HoneydewCLI

@Suite("A payload") struct PayloadTests {
  private let command = Command(
    name: "test.all", provider: "test", summary: "Takes one of each", target: .diagnostic,
    arguments: [
      Argument("text", .string), Argument("id", .id), Argument("count", .int), Argument("ratio", .float),
      Argument("flag", .boolean), Argument("tags", .list(.string)), Argument("numbers", .list(.int)),
      Argument("kind", .enumeration(["A"])), Argument("filter", .object(name: "Filter", fields: [])),
    ])

  @Test(
    "is made of pairs by the types of the command's arguments",
    arguments: [
      ([], ""),
      (
        ["text=1", "id=2", "count=3", "ratio=1.50", "flag=true"],
        #"{"text":"1","id":"2","count":3,"ratio":1.50,"flag":true}"#
      ),
      (["text=", "kind=a=b"], #"{"text":"","kind":"a=b"}"#),
      (["tags=a", "count=-1", "tags=b", "numbers=7"], #"{"tags":["a","b"],"count":-1,"numbers":[7]}"#),
      (["filter:={\"x\": [1]}", "tags:=[]", "text:=null"], #"{"filter":{"x":[1]},"tags":[],"text":null}"#),
      (["unknown=5", "other:=5"], #"{"unknown":"5","other":5}"#),
      (["text=\u{1}\"\\é"], #"{"text":"\u0001\"\\é"}"#),
    ] as [([String], String)])
  func pairs(words: [String], payload: String) throws {
    #expect(try Payload.text(words, command: command) == payload)
  }

  @Test("is one JSON object as it was typed")
  func object() throws {
    let text = " {\"text\" : 1.0e2, \"unknown\":{} } "
    #expect(try Payload.text([text], command: command) == text)
    #expect(try Payload.text(["a=1"], command: nil) == #"{"a":"1"}"#)
  }

  @Test(
    "shows no secret on a command line",
    arguments: [
      [#"{"input": {"username": "eve", "password": "x"}}"#], [#"input:={"username": "eve", "password": "x"}"#],
    ])
  func secrets(words: [String]) throws {
    let error = #expect(throws: Failure.self) {
      try Payload.text(words, command: CommandRegistry.find("account.createUser"))
    }
    #expect(error?.status == .usage && error?.text.hasPrefix("input.password is a secret") == true)
    let harmless = #"{"input":{"role":"r","password":null}}"#
    #expect(try Payload.text([harmless], command: CommandRegistry.find("account.updateUser")) == harmless)
  }

  @Test(
    "is refused with what to write instead",
    arguments: [
      (["count=x"], "count must be a whole number, not \"x\""),
      (["ratio=x"], "ratio must be a number, not \"x\""),
      (["flag=yes"], "flag must be true or false, not \"yes\""),
      (["numbers=x"], "numbers must be a whole number, not \"x\""),
      (["filter=x"], "filter takes more than a word; write filter:=JSON"),
      (["text=a", "text=b"], "text is given twice; give it once"),
      (["=x"], "\"=x\" is no argument; write key=value, or key:=JSON"),
      (["text=a", "oops"], "\"oops\" is no argument; write key=value, or key:=JSON"),
      (["{}", "text=a"], "give the payload as one JSON object or as key=value pairs, not both: \"text=a\""),
      (["[]"], "the payload must be a JSON object such as '{\"key\": \"value\"}', or key=value pairs"),
    ] as [([String], String)])
  func refusals(words: [String], sentence: String) {
    #expect(throws: Failure(.usage, sentence)) { try Payload.text(words, command: command) }
  }
}

import HoneydewCore
import HoneydewJSON
import Testing

@Suite struct PayloadCheckTests {
  static let everything = Command(
    name: "test.all", provider: "test", summary: "", target: .diagnostic,
    arguments: [
      Argument("text", .string), Argument("key", .id), Argument("count", .int), Argument("share", .float),
      Argument("flag", .boolean), Argument("format", .enumeration(["JSON", "CSV"])), Argument("ids", .list(.int)),
      Argument("flags", .list(.boolean)),
      Argument(
        "input",
        .object(
          name: "UserInput",
          fields: [
            Argument("name", .string, isRequired: true),
            Argument("password", .string, isRequired: true, isSecret: true), Argument("role", .string),
          ])),
    ])

  private func error(_ command: Command, _ payload: String) -> PayloadError? {
    do {
      try command.check(payload: Array(payload.utf8))
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    "{}", #"{"text":""}"#, #"{"text":null,"ids":null,"input":null}"#, #"{"key":"a"}"#, #"{"key":12345678901234567890}"#,
    #"{"key":-1}"#, #"{"count":2147483647}"#, #"{"count":-2147483648}"#, #"{"share":1}"#, #"{"share":-1.5e3}"#,
    #"{"flag":false}"#, #"{"format":"CSV"}"#, #"{"ids":[]}"#, #"{"ids":[1,2]}"#,
    #"{"input":{"password":"p","name":"n","role":null}}"#, " {\n\"text\" : \"\\u00e9\" } ",
  ])
  func `a payload that fits is taken`(payload: String) {
    #expect(error(Self.everything, payload) == nil)
  }

  @Test(arguments: [
    (#"{"text":1}"#, "text", "text must be a string, not a number"),
    (#"{"text":["a"]}"#, "text", "text must be a string, not a list"),
    (#"{"key":1.0}"#, "key", "key must be an id, as a string or a whole number, not this number"),
    (#"{"key":true}"#, "key", "key must be an id, as a string or a whole number, not a boolean"),
    (#"{"count":2147483648}"#, "count", "count must be a whole number from -2147483648 to 2147483647, not this number"),
    (#"{"count":1.5}"#, "count", "count must be a whole number from -2147483648 to 2147483647, not this number"),
    (#"{"count":"1"}"#, "count", "count must be a whole number from -2147483648 to 2147483647, not a string"),
    (#"{"share":1e999}"#, "share", "share must be a number, not this number"),
    (#"{"flag":"true"}"#, "flag", "flag must be true or false, not a string"),
    (#"{"format":"XML"}"#, "format", #"format must be one of JSON, CSV, not "XML""#),
    (#"{"format":1}"#, "format", "format must be one of JSON, CSV, not a number"),
    (#"{"flags":true}"#, "flags", "flags must be a list, each element true or false, not a boolean"),
    (#"{"ids":[1,null]}"#, "ids[1]", "ids[1] must be a whole number from -2147483648 to 2147483647, not null"),
    (#"{"input":"x"}"#, "input", "input must be an object with name, password, role, not a string"),
    (#"{"input":{"name":"n"}}"#, "input.password", "test.all needs the argument input.password (a string)"),
    (#"{"input":{"name":null,"password":"p"}}"#, "input.name", "input.name must be a string, not null"),
    (
      #"{"input":{"name":"n","password":"p","roel":"x"}}"#, "input.roel",
      #"test.all takes no argument "input.roel"; did you mean input.role?"#
    ),
    (
      #"{"zzzzzzzzz":1}"#, "zzzzzzzzz",
      #"test.all takes no argument "zzzzzzzzz"; it takes text, key, count, share, flag, format, ids, flags, input"#
    ),
  ])
  func `a wrong argument is named, with what is right`(payload: String, argument: String, text: String) {
    let found = error(Self.everything, payload)
    #expect(found?.argument == argument)
    #expect(found?.description == text)
  }

  @Test(arguments: [
    ("", "the payload is no JSON: line 1, column 1: the text ends too early"),
    ("{\"text\": }", "the payload is no JSON: line 1, column 10: expected a value, found '}'"),
    (#"{"text":"a","text":"b"}"#, #"the payload is no JSON: line 1, column 13: the key "text" appears twice"#),
    ("[]", "the payload must be a JSON object of the command's arguments, not a list"),
    ("null", "the payload must be a JSON object of the command's arguments, not null"),
  ])
  func `what is no JSON object is refused`(payload: String, text: String) {
    let found = error(Self.everything, payload)
    #expect(found?.argument == nil)
    #expect(found?.description == text)
  }

  @Test func `all missing arguments are named at once`() throws {
    let commits = try #require(CommandRegistry.find("github.commits"))
    #expect(
      error(commits, "{}")?.description
        == "github.commits needs the arguments organization (a string) and repository (a string)")
    #expect(
      error(commits, #"{"organization":"acme","repo":"rind"}"#)?.description
        == #"github.commits takes no argument "repo"; "#
        + "it takes organization, repository, startDate, endDate, author, format, includeDiff")
    #expect(error(commits, #"{"organization":"acme","repository":"rind","includeDiff":true}"#) == nil)
  }

  @Test func `a command without arguments takes the empty object only`() throws {
    let organizations = try #require(CommandRegistry.find("organizations.list"))
    #expect(error(organizations, "{}") == nil)
    let text = error(organizations, #"{"a":1}"#)?.description
    #expect(text == #"organizations.list takes no argument "a"; it takes none"#)
  }

  @Test func `a name that only looks the same is another name`() {
    #expect(error(Self.everything, "{\"\u{212A}ey\":1}")?.description.hasSuffix("did you mean key?") == true)
    let command = Command(
      name: "test.k", provider: "test", summary: "", target: .diagnostic, arguments: [Argument("K", .string)])
    #expect(error(command, "{\"\u{212A}\":\"\"}") != nil)
  }

  @Test func `a secret never shows in the text`() {
    let payloads = [
      #"{"input":{"name":"n","password":["hunter2"]}}"#, #"{"input":{"name":"n","password":{"hunter2":1}}}"#,
      #"{"input":"hunter2"}"#, #"{"count":"hunter2"}"#,
    ]
    for payload in payloads {
      let text = error(Self.everything, payload)?.description ?? "nothing"
      #expect(text.contains("must be") && !text.contains("hunter2"))
    }
  }

  @Test func `an untrusted key stays short and on one line`() {
    let key = "line\n\u{7}" + String(repeating: "x", count: 100_000)
    let payload = JSONValue.object([.init(key, nil)]).serialized
    let text = error(Self.everything, String(decoding: payload, as: UTF8.self))?.description ?? ""
    #expect(text.hasPrefix(#"test.all takes no argument "line\n\u{07}xxx"#))
    #expect(text.count < 300)
  }
}

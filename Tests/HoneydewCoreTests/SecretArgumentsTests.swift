import HoneydewCore
import HoneydewJSON
import Testing

@Suite struct SecretArgumentsTests {
  private static let person = ArgumentType.object(
    name: "Person",
    fields: [Argument("name", .string, isRequired: true), Argument("password", .string, isSecret: true)])
  private static let command = Command(
    name: "test.secrets", provider: "test", summary: "", target: .diagnostic,
    arguments: [
      Argument("note", .string), Argument("key", .string, isSecret: true),
      Argument("codes", .list(.int), isSecret: true),
      Argument("person", person), Argument("people", .list(person)),
    ])
  private static let open = Command(
    name: "test.open", provider: "test", summary: "", target: .diagnostic,
    arguments: [Argument("ids", .list(.int)), Argument("input", .object(name: "Input", fields: [Argument("a", .int)]))])

  @Test(arguments: [
    (#"{"key":"s3cret","note":"n"}"#, #"{"key":"***","note":"n"}"#),
    (#"{"codes":[1,2]}"#, #"{"codes":"***"}"#),
    (#"{"key":null,"codes":null}"#, #"{"key":null,"codes":null}"#),
    (#"{"key":""}"#, #"{"key":"***"}"#),
    (#"{"person":{"name":"a","password":"b"}}"#, #"{"person":{"name":"a","password":"***"}}"#),
    (#"{"person":null,"people":null}"#, #"{"person":null,"people":null}"#),
    (
      #"{"people":[{"name":"a"},{"name":"b","password":"c"},null]}"#,
      #"{"people":[{"name":"a"},{"name":"b","password":"***"},null]}"#
    ),
    ("", ""), ("{", ""), ("[1]", "[1]"),
  ])
  func `what is shown of a payload has no secret`(payload: String, shown: String) {
    #expect(String(decoding: Self.command.masked(payload: Array(payload.utf8)), as: UTF8.self) == shown)
  }

  @Test func `a payload of a command without secrets is shown byte for byte`() {
    let payload = Array(#" {"ids" : [1.0], "input":{"a":"\u0041"}} "#.utf8)
    #expect(!Self.open.hasSecrets && Self.command.hasSecrets)
    #expect(Self.open.masked(payload: payload) == payload)
  }

  @Test func `each secret is replaced with its place, and what is replaced twice the same way is as before`() throws {
    let payload = try JSONValue(
      parsing: #"{"key":"k","person":{"password":"p","name":"n"},"people":[{"name":"a","password":"q"}],"codes":[7]}"#)
    var places: [String] = []
    let nested = Self.command.replacingSecrets(in: payload) { value, place in
      places.append(place)
      return .string(String(decoding: value.serialized, as: UTF8.self))
    }
    #expect(places == ["key", "person.password", "people[0].password", "codes"])
    let back = try Self.command.replacingSecrets(in: nested) { value, _ in
      try JSONValue(parsing: value.string ?? "")
    }
    #expect(back == payload)
  }

  @Test func `the registry knows which commands carry a secret`() {
    let names = CommandRegistry.all.filter(\.hasSecrets).map(\.name)
    #expect(names == ["account.createUser", "account.updateUser", "auth.login", "auth.refresh", "local.exec"])
  }
}

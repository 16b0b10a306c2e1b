import HoneydewJSON
import Testing

@Suite struct ParsingTests {
  @Test(
    "Every kind of value is read",
    arguments: [
      ("null", JSONValue.null), (" true ", true), ("false", false), ("\"\"", ""), ("[]", []), ("{}", [:]),
      ("\t\r\n [ 1 , [ ] , { } ] ", [1, [], [:]]),
      (#"{"a":{"b":[null,"c"]},"":0}"#, ["a": ["b": [nil, "c"]], "": 0]),
      (#""\"\\\/\b\f\n\r\t\u0041""#, "\"\\/\u{8}\u{C}\n\r\tA"),
      (#""\ud83D\uDE00 é 😀 \u0000""#, "😀 é 😀 \0"),
      (
        "\"\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"",
        "\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}"
      ),
    ] as [(String, JSONValue)])
  func values(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == value)
    #expect(throws: Never.self) { try JSONScanner.validate(Array(text.utf8).span) }
  }

  @Test(
    "A number keeps its text",
    arguments: [
      "0", "-0", "1", "-1.50", "1E+2", "1e-02", "0.0e0", "12345678901234567890.000000000000000001", "1e999",
    ])
  func numbers(text: String) throws {
    #expect(try JSONValue(parsing: text) == .number(text))
    #expect(try JSONValue(parsing: "[\(text)]").serialized == Array("[\(text)]".utf8))
  }

  @Test("A number is offered as an integer or a double only where it is one")
  func numberAccessors() {
    #expect(JSONValue.number("9223372036854775807").int == .max)
    #expect(JSONValue.number("9223372036854775808").int == nil)
    #expect(JSONValue.number("1.0").int == nil)
    #expect(JSONValue.number("1.5e1").double == 15)
    #expect(JSONValue.number("1e999").double == nil)
    #expect(JSONValue.string("1").int == nil)
  }

  @Test(
    "What RFC 8259 does not allow is refused, with the place",
    arguments: [
      ("", .unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3), ("{\"a\"", .unexpectedEnd, 4),
      ("\"abc", .unexpectedEnd, 4), ("tru", .unexpectedEnd, 3), ("-", .unexpectedEnd, 1), ("1.", .unexpectedEnd, 2),
      ("\"\\u12", .unexpectedEnd, 5), ("1e", .unexpectedEnd, 2), ("1 2", .trailingText, 2), ("{}x", .trailingText, 2),
      ("\0", .unexpectedByte(0, expected: "a value"), 0),
      ("[1,]", .unexpectedByte(0x5D, expected: "a value"), 3),
      ("[,1]", .unexpectedByte(0x2C, expected: "a value"), 1),
      ("[1 2]", .unexpectedByte(0x32, expected: "',' or ']'"), 3),
      ("[1}", .unexpectedByte(0x7D, expected: "',' or ']'"), 2),
      ("{\"a\":1,}", .unexpectedByte(0x7D, expected: "a key in quotes"), 7),
      ("{\"a\" 1}", .unexpectedByte(0x31, expected: "':'"), 5),
      ("{\"a\":1 \"b\"}", .unexpectedByte(0x22, expected: "',' or '}'"), 7),
      ("{a:1}", .unexpectedByte(0x61, expected: "a key in quotes"), 1),
      ("'a'", .unexpectedByte(0x27, expected: "a value"), 0), ("True", .unexpectedByte(0x54, expected: "a value"), 0),
      ("trux", .unexpectedByte(0x74, expected: "a value"), 0), ("nan", .unexpectedByte(0x6E, expected: "a value"), 0),
      ("+1", .unexpectedByte(0x2B, expected: "a value"), 0), (".5", .unexpectedByte(0x2E, expected: "a value"), 0),
      ("\u{FEFF}1", .unexpectedByte(0xEF, expected: "a value"), 0),
      ("/**/1", .unexpectedByte(0x2F, expected: "a value"), 0),
      ("01", .invalidNumber, 1), ("-01", .invalidNumber, 2), ("-a", .invalidNumber, 1), ("1.a", .invalidNumber, 2),
      ("1e+", .unexpectedEnd, 3), ("1ea", .invalidNumber, 2), ("0x1", .trailingText, 1),
      ("\"\n\"", .controlCharacter(0x0A), 1), ("\"a\0\"", .controlCharacter(0), 2), ("\"\\x\"", .invalidEscape, 1),
      ("\"\\u00g0\"", .invalidEscape, 1), ("\"a\\ud800\"", .loneSurrogate, 2),
      ("\"\\ud800\\u0041\"", .loneSurrogate, 1),
      ("\"\\udc00\"", .loneSurrogate, 1), ("\"\\ud800\\ud800\"", .loneSurrogate, 1),
      ("\"\\ud800x\"", .loneSurrogate, 1),
    ] as [(String, JSONError.Reason, Int)])
  func malformed(text: String, reason: JSONError.Reason, position: Int) throws {
    let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
    #expect(error.reason == reason)
    #expect(error.position == position)
    // To the scanner a lone surrogate is one.
    if reason == .loneSurrogate {
      try JSONScanner.validate(Array(text.utf8).span)
    } else {
      #expect(throws: error) { try JSONScanner.validate(Array(text.utf8).span) }
    }
  }

  @Test(
    "What a stranger has sent is read as far as it has a meaning",
    arguments: [
      (#"{"a":1,"b":2,"a":3}"#, .object([.init("a", 3), .init("b", 2)])),
      (#""a\ud83d""#, "a\u{FFFD}"), (#""\ude00b""#, "\u{FFFD}b"), (#""\ud83dA""#, "\u{FFFD}A"),
      (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#"{"\ud83d":[]}"#, ["\u{FFFD}": []]),
    ] as [(String, JSONValue)])
  func lenient(text: String, value: JSONValue) throws {
    let bytes = Array(text.utf8)
    #expect(try JSONValue(lenientlyParsing: bytes.span) == value)
    #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    try JSONScanner.validate(bytes.span)
    for broken in [#""\ud83d\u00g0""#, #""\ud83d\"#, #"{"a":1,"a"}"#] {
      #expect(throws: JSONError.self) { try JSONValue(lenientlyParsing: Array(broken.utf8).span) }
      #expect(throws: JSONError.self) { try JSONScanner.validate(Array(broken.utf8).span) }
    }
  }

  @Test(
    "Bytes that are not UTF-8 are refused",
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xE2, 0x82, 0x41],
      [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80],
      [0xF5, 0x80, 0x80, 0x80], [0xFF],
    ] as [[UInt8]])
  func invalidUTF8(bytes: [UInt8]) throws {
    let text = [0x5B, 0x22] + bytes + [0x22, 0x5D]
    let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
    #expect(error.reason == .invalidUTF8)
    #expect(error.position == 2)
    #expect(throws: error) { try JSONScanner.validate(text.span) }
  }

  @Test("A key that appears twice is refused, however it is escaped")
  func duplicateKeys() throws {
    let error = try #require(throws: JSONError.self) { try JSONValue(parsing: #"{"a":1,"b":{"c":2,"\u0063":3}}"#) }
    #expect(error.reason == .duplicateKey("c"))
    #expect(error.position == 18)
  }

  @Test("Keys that only look alike are two keys")
  func canonicallyEquivalentKeys() throws {
    let value = try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2,\"\u{212A}\":3,\"K\":4}")
    #expect(value["\u{E9}"] == 1)
    #expect(value["e\u{301}"] == 2)
    #expect(value["K"] == 4)
  }

  @Test("Nesting is limited, and a text of brackets cannot exhaust the stack")
  func depth() throws {
    #expect(throws: Never.self) { try JSONValue(parsing: "[[[]]]", maximumDepth: 3) }
    let error = try #require(throws: JSONError.self) { try JSONValue(parsing: "[[[[]]]]", maximumDepth: 3) }
    #expect(error.reason == .tooDeep(limit: 3))
    #expect(error.position == 3)
    let brackets = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(throws: JSONError.self) { try JSONValue(parsing: brackets) }
    #expect(throws: JSONError.self) { try JSONScanner.validate(brackets.span) }
    #expect(throws: JSONError.self) { try JSONScanner.validate(brackets.span, maximumDepth: .max) }
  }

  @Test("An error names line and column")
  func place() throws {
    let error = try #require(throws: JSONError.self) { try JSONValue(parsing: "{\n  \"a\": 1,\n  b\n}") }
    #expect(error.line == 3)
    #expect(error.column == 3)
    #expect(error.description == "line 3, column 3: expected a key in quotes, found 'b'")
  }

  @Test("Writing escapes what must be escaped and nothing else")
  func writing() {
    let value: JSONValue = ["a\"\\/": "\u{0}\u{1F}\n\r\t\u{7F}é😀", "n": nil, "l": [true, false, -1, .number("1.50")]]
    let text = #"{"a\"\\/":"\u0000\u001f\n\r\t"# + "\u{7F}é😀" + #"","n":null,"l":[true,false,-1,1.50]}"#
    #expect(String(decoding: value.serialized, as: UTF8.self) == text)
  }
}

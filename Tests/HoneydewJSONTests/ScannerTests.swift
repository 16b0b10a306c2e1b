import HoneydewJSON
import Testing

@Suite struct ScannerTests {
  private func text(_ range: Range<Int>?, of document: String) -> String? {
    range.map { String(decoding: Array(document.utf8)[$0], as: UTF8.self) }
  }

  @Test(
    "The wanted members are found, byte for byte",
    arguments: [
      (#"{"data":{"a":[1, 2 ]},"errors":[]}"#, #"{"a":[1, 2 ]}"#, "[]"),
      (#" { "errors" : [ { } ] , "x" : {"data":0} , "data" : null } "#, "null", "[ { } ]"),
      (#"{"d\u0061ta":"é\n"}"#, #""é\n""#, nil), (#"{"extensions":{"data":1,"errors":[2]}}"#, nil, nil),
      ("{}", nil, nil), ("{ }", nil, nil),
    ] as [(String, String?, String?)])
  func members(document: String, data: String?, errors: String?) throws {
    let ranges = try JSONScanner.ranges(of: ["data", "errors"], in: Array(document.utf8).span)
    #expect(text(ranges[0], of: document) == data)
    #expect(text(ranges[1], of: document) == errors)
  }

  @Test(
    "A text that is no object, goes on after it, or has a wanted member twice is refused",
    arguments: [
      "[]", "1", "", "{\"data\":1} x", "{\"data\":1,\"data\":2}", "{\"data\":1,}", "{\"a\":[}", "{\"data\":{]}",
    ])
  func refused(document: String) {
    #expect(throws: JSONError.self) { try JSONScanner.ranges(of: ["data"], in: Array(document.utf8).span) }
  }

  @Test("Members that appear twice, and the elements of an array, are shown where they stand")
  func visits() throws {
    let object = Array(#" {"a": 1,"b":[2] , "\u0061":{ } ,"c":"a"} "#.utf8)
    var found: [String] = []
    try JSONScanner.members(["b", "a"], of: object.span) { index, range in
      found.append("\(index)" + String(decoding: object[range], as: UTF8.self))
    }
    #expect(found == ["11", "0[2]", "1{ }"])
    let array = Array(" [ 1 ,[2, 3],{} ] ".utf8)
    found = []
    try JSONScanner.elements(of: array.span) { found.append(String(decoding: array[$0], as: UTF8.self)) }
    #expect(found == ["1", "[2, 3]", "{}"])
    try JSONScanner.elements(of: Array("[]".utf8).span) { _ in Issue.record("there is none") }
    for broken in ["[1,]", "[1", "{}", "[1] 2", "null"] {
      #expect(throws: JSONError.self) { try JSONScanner.elements(of: Array(broken.utf8).span) { _ in } }
    }
    #expect(throws: JSONError.self) { try JSONScanner.members(["a"], of: Array("{} x".utf8).span) { _, _ in } }
  }

  @Test("Scanner and parser agree on random documents, and writing what was read changes nothing")
  func agreeOnDocuments() throws {
    var generator = DocumentGenerator(seed: 1)
    for _ in 0..<2000 {
      let value = generator.object(depth: 4)
      let bytes = value.serialized
      #expect(try JSONValue(parsing: bytes) == value)
      let keys = try #require(value.members).map(\.key)
      let ranges = try JSONScanner.ranges(of: keys, in: bytes.span)
      for (member, range) in zip(try #require(value.members), ranges) {
        #expect(try JSONValue(parsing: Array(bytes[try #require(range)])) == member.value)
      }
    }
  }

  @Test("Scanner and parser agree on damaged documents", .timeLimit(.minutes(2)))
  func agreeOnDamage() throws {
    var generator = DocumentGenerator(seed: 2)
    var refused = 0
    for _ in 0..<20_000 {
      let bytes = generator.damaged(generator.object(depth: 3).serialized)
      var parsed: JSONError?
      do { _ = try JSONValue(parsing: bytes) } catch { parsed = error }
      var scanned: JSONError?
      do { try JSONScanner.validate(bytes.span) } catch { scanned = error }
      if case .duplicateKey = parsed?.reason { continue }
      if case .loneSurrogate = parsed?.reason { continue }
      #expect(parsed == scanned)
      refused += parsed == nil ? 0 : 1
    }
    #expect(refused > 10_000)
  }
}

/// Random JSON objects and random damage, the same for the same seed.
private struct DocumentGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  /// Marsaglia's xorshift64 with a multiplier.
  private mutating func next(_ bound: Int) -> Int {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % bound
  }

  mutating func object(depth: Int) -> JSONValue {
    .object((0..<next(6)).map { JSONValue.Member("\($0)" + string(), value(depth: depth - 1)) })
  }

  private mutating func value(depth: Int) -> JSONValue {
    switch next(depth > 0 ? 8 : 5) {
    case 0: return nil
    case 1: return .bool(next(2) == 0)
    case 2: return .number(["0", "-0", "17", "-3.25", "1e5", "2E-3", "0.5e+10"][next(7)])
    case 3, 4: return .string(string())
    case 5: return .array((0..<next(5)).map { _ in value(depth: depth - 1) })
    default: return object(depth: depth)
    }
  }

  private mutating func string() -> String {
    let scalars = [
      "a", "\"", "\\", "/", "\n", "\0", "\u{1F}", " ", "é", "\u{7FF}", "語", "\u{FFFD}", "😀", "{", "]", ",",
    ]
    return (0..<next(8)).map { _ in scalars[next(scalars.count)] }.joined()
  }

  mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    let place = next(bytes.count)
    let syntax = Array(#"{}[]",:\u0-+eE.tfn 19 "#.utf8)
    switch next(4) {
    case 0: bytes[place] = UInt8(next(256))
    case 1: bytes[place] = syntax[next(syntax.count)]
    case 2: bytes.remove(at: place)
    default: bytes.insert(syntax[next(syntax.count)], at: place)
    }
    return bytes
  }
}

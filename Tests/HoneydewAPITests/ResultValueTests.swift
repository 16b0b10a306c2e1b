import HoneydewJSON
import Testing

@testable import HoneydewAPI

@Suite struct ResultValueTests {
  private func read<Value: ResultValue>(_ text: String, as _: Value.Type = Value.self) throws -> Value {
    try JSONValue(parsing: Array(#"{"f":\#(text)}"#.utf8)).read("f")
  }

  @Test func `a value is read as the type that the schema promises`() throws {
    #expect(try read(#""a""#) == "a")
    #expect(try read("-7") == -7)
    #expect(try read("7.5") == 7.5)
    #expect(try read("true") == true)
    #expect(try read("null") == String?.none)
    #expect(try read(#"["a",null]"#) == ["a", nil])
  }

  @Test func `a member that is not there is read as null`() throws {
    let value: String? = try JSONValue.object([]).read("f")
    #expect(value == nil)
    #expect(throws: ResultMismatch.self) { let _: String = try JSONValue.object([]).read("f") }
  }

  @Test func `anything else is refused`() {
    #expect(throws: ResultMismatch.self) { try read("null", as: String.self) }
    #expect(throws: ResultMismatch.self) { try read("7", as: String?.self) }
    #expect(throws: ResultMismatch.self) { try read("7.5", as: Int.self) }
    #expect(throws: ResultMismatch.self) { try read("9223372036854775808", as: Int.self) }
    #expect(throws: ResultMismatch.self) { try read("1e999", as: Double.self) }
    #expect(throws: ResultMismatch.self) { try read("0", as: Bool.self) }
    #expect(throws: ResultMismatch.self) { try read("{}", as: [String].self) }
    #expect(throws: ResultMismatch.self) { try read(#"["a",7]"#, as: [String].self) }
  }
}

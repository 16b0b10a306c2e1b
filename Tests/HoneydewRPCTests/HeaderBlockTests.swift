import Testing

@testable import HoneydewRPC

@Suite struct HeaderBlockTests {
  private func malformation(_ fields: [(String, String)]) -> HeaderBlock.Malformation? {
    var block = HeaderBlock(maxListSize: 1000)
    for (name, value) in fields {
      Array(name.utf8).withUnsafeBufferPointer { name in
        Array(value.utf8).withUnsafeBufferPointer { block.add(name: name, value: $0) }
      }
    }
    return block.malformation
  }

  @Test(
    "Fields that HTTP/2 does not allow are told",
    arguments: [
      ([(":path", "/"), ("a", "b"), ("", "")], .illegalName), ([("A", "b")], .illegalName),
      ([("a b", "")], .illegalName),
      ([("a", "b\n")], .illegalValue), ([("connection", "close")], .connectionSpecific),
      ([("transfer-encoding", "chunked")], .connectionSpecific),
      ([(":path", "/"), ("a", "b"), (":method", "POST")], .pseudoFieldAfterRegular),
      ([("", ""), (":path", "/")], .pseudoFieldAfterRegular), ([("", ":"), (":path", "/")], .pseudoFieldAfterRegular),
      ([(":path", "/"), (":authority", "a/b"), ("a", ""), ("a", "b")], nil),
    ] as [([(String, String)], HeaderBlock.Malformation?)])
  func malformations(fields: [(String, String)], malformation: HeaderBlock.Malformation?) {
    #expect(self.malformation(fields) == malformation)
  }

  @Test(arguments: KnownField.allCases) func `every field with a meaning is known by its name`(field: KnownField) {
    let name = UnsafeBufferPointer(start: field.name.utf8Start, count: field.name.utf8CodeUnitCount)
    #expect(KnownField(name) == field)
    #expect(KnownField(UnsafeBufferPointer(rebasing: name.dropLast())) == nil)
  }

  @Test func `fields are found and counted by their names; the first value counts`() {
    var block = HeaderBlock(maxListSize: 1000)
    for (name, value) in [(":path", "/a"), ("grpc-timeoux", "1S"), ("grpc-timeout", "2S"), ("grpc-timeout", "3S")] {
      Array(name.utf8).withUnsafeBufferPointer { name in
        Array(value.utf8).withUnsafeBufferPointer { block.add(name: name, value: $0) }
      }
    }
    #expect(block.text(.path) == "/a" && block.text(.timeout) == "2S" && block.text(.encoding) == nil)
    #expect(block.count(of: .path) == 1 && block.count(of: .timeout) == 2 && block.count(of: .status) == 0)
  }
}

import Testing

@testable import HoneydewSystem

struct PlainBytesTests {
  private func arePlain(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { PlainBytes.are($0) } }

  @Test func `every byte is judged alike, wherever it stands in a text of any length`() {
    for byte in UInt8.min...UInt8.max {
      let isPlain =
        (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
      for count in [1, 7, 8, 9, 16, 19] {
        for place in 0..<count {
          var bytes = [UInt8](repeating: UInt8(ascii: "~"), count: count)
          bytes[place] = byte
          if arePlain(bytes) != isPlain { Issue.record("byte \(byte) at \(place) of \(count)") }
        }
      }
    }
    #expect(arePlain([]))
  }

  @Test func `no byte hides another one beside it`() {
    for first in [0x00, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7E, 0x7F, 0x80, 0xFF] as [UInt8] {
      for second in UInt8.min...UInt8.max where !arePlain([first]) || !arePlain([second]) {
        if arePlain([UInt8](repeating: 48, count: 3) + [first, second, 48, 48, 48]) {
          Issue.record("bytes \(first) and \(second)")
        }
      }
    }
  }
}

/// The input as a script: what it does not say is zero.
struct FuzzInput {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  /// A number below a limit.
  mutating func choice(_ limit: Int) -> Int { Int(byte()) % limit }

  /// As many bytes as the first one says.
  mutating func bytes() -> [UInt8] {
    let count = Int(byte())
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  mutating func text() -> String { String(decoding: bytes(), as: UTF8.self) }

  /// A number, and mostly one at the edge of something.
  mutating func number() -> Int64 {
    let edges: [Int64] = [
      0, 1, -1, 2, 127, 999, 1_000_000_000, 1_000_000_001, Int64(Int32.max), Int64(Int32.max) + 1, Int64(Int32.min),
      1 << 53, (1 << 53) + 1, .max, .max - 1, .min,
    ]
    let index = Int(byte())
    guard index >= 200 else { return edges[index % edges.count] }
    return bytes().prefix(8).reduce(0) { $0 << 8 | Int64($1) }
  }
}

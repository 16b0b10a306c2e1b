internal import HoneydewCore

/// A time zone as a TZif file holds it (RFC 9636, also tzfile(5)).
public struct ZoneFile: Equatable, Sendable {
  public struct Transition: Equatable, Sendable {
    /// Seconds since 1970 UTC.
    public var at: Int64
    /// Seconds east of UTC from then on.
    public var offset: Int64
  }

  /// Why bytes are no such file.
  public struct Malformed: Error, Equatable, Sendable {
    public let text: String
  }

  /// Before the first transition.
  public let initialOffset: Int64
  /// In order.
  public let transitions: [Transition]
  /// What holds after the last transition, in the form of the `TZ` variable; empty when nothing changes any more.
  public let footer: String

  /// A zone that has a rule alone.
  init(footer: String) {
    (initialOffset, transitions, self.footer) = (0, [], footer)
  }

  public init(_ bytes: [UInt8]) throws(Malformed) {
    var reader = Reader(rest: bytes[...])
    var header = try Header(&reader)
    let isOld = header.version == 0
    if !isOld {
      // The block of 32-bit times, for readers of old.
      try reader.skip(header.blockSize(timeSize: 4))
      header = try Header(&reader)
    }
    let timeSize = isOld ? 4 : 8
    guard header.blockSize(timeSize: timeSize) <= reader.rest.count else { throw Malformed(text: "it is cut off") }
    guard header.types > 0 else { throw Malformed(text: "it has no types") }
    guard header.leapSeconds == 0 else { throw Malformed(text: "it counts leap seconds, which system time does not") }
    var times: [Int64] = []
    for _ in 0..<header.transitions { times.append(try reader.integer(bytes: timeSize)) }
    var types: [Int] = []
    for _ in 0..<header.transitions { types.append(Int(try reader.integer(bytes: 1) & 0xFF)) }
    var offsets: [Int64] = []
    for _ in 0..<header.types {
      offsets.append(try reader.integer(bytes: 4))
      try reader.skip(2)
    }
    try reader.skip(header.characters + header.standardMarks + header.universalMarks)
    guard offsets.allSatisfy({ (-89_999...93_599).contains($0) }) else {
      throw Malformed(text: "it is more than a day away from UTC")
    }
    guard zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw Malformed(text: "its transitions are not in order")
    }
    guard types.allSatisfy(offsets.indices.contains) else { throw Malformed(text: "it uses a type that it has not") }
    initialOffset = offsets[0]
    transitions = zip(times, types).map { Transition(at: $0, offset: offsets[$1]) }
    footer = isOld ? "" : try reader.line()
  }

  /// A checksum of its rules.
  public var checksum: UInt64 {
    let text = transitions.map { "\($0.at) \($0.offset)" }.joined(separator: ",")
    return fnv1a("\(initialOffset);\(text);\(footer)".utf8)
  }

  private struct Header {
    let version: UInt8
    let universalMarks, standardMarks, leapSeconds, transitions, types, characters: Int

    init(_ reader: inout Reader) throws(Malformed) {
      guard reader.rest.starts(with: "TZif".utf8) else { throw Malformed(text: "it is no TZif file") }
      try reader.skip(4)
      version = UInt8(try reader.integer(bytes: 1) & 0xFF)
      try reader.skip(15)
      universalMarks = try reader.count()
      standardMarks = try reader.count()
      leapSeconds = try reader.count()
      transitions = try reader.count()
      types = try reader.count()
      characters = try reader.count()
    }

    func blockSize(timeSize: Int) -> Int {
      transitions * (timeSize + 1) + types * 6 + characters + leapSeconds * (timeSize + 4) + standardMarks
        + universalMarks
    }
  }

  private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func skip(_ count: Int) throws(Malformed) {
      guard count <= rest.count else { throw Malformed(text: "it is cut off") }
      rest = rest.dropFirst(count)
    }

    /// A signed number, the most significant byte first.
    mutating func integer(bytes: Int) throws(Malformed) -> Int64 {
      let digits = rest.prefix(bytes)
      try skip(bytes)
      let sign: Int64 = digits.first.map { $0 >= 0x80 } == true ? -1 : 0
      return digits.reduce(sign) { $0 << 8 | Int64($1) }
    }

    mutating func count() throws(Malformed) -> Int {
      let count = try integer(bytes: 4)
      guard (0...1_000_000).contains(count) else { throw Malformed(text: "it claims to hold \(count) elements") }
      return Int(count)
    }

    /// A text between two line feeds.
    mutating func line() throws(Malformed) -> String {
      guard rest.first == 0x0A, let end = rest.dropFirst().firstIndex(of: 0x0A) else {
        throw Malformed(text: "its footer is missing")
      }
      return String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
    }
  }
}

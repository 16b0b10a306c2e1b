import Glibc
import Testing

@testable import HoneydewSystem

private let zones = "/usr/share/zoneinfo"

/// A file of the version, in which the offset changes from `offsets[0]` to `offsets[1]` at second 100, and so on.
private func file(version: Character, offsets: [Int32], times: [Int64]? = nil, footer: String = "\n\n") -> [UInt8] {
  func bytes(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number.bigEndian, Array.init) }
  let times = times ?? offsets.indices.dropFirst().map { Int64($0) * 100 }
  func block(timeSize: Int) -> [UInt8] {
    let counts = [0, 0, 0, Int32(times.count), Int32(offsets.count), 4].flatMap(bytes)
    return Array("TZif".utf8) + [version == "1" ? 0 : version.asciiValue!] + [UInt8](repeating: 0, count: 15) + counts
      + times.flatMap { timeSize == 4 ? bytes(Int32($0)) : bytes($0) } + (0..<times.count).map { UInt8($0 + 1) }
      + offsets.flatMap { bytes($0) + [0, 0] } + Array("ABC\0".utf8)
  }
  return block(timeSize: 4) + (version == "1" ? [] : block(timeSize: 8) + Array(footer.utf8))
}

@Suite struct `A time zone's file` {
  @Test(arguments: ["1", "2", "3", "4"] as [Character]) func `is read in each version`(version: Character) throws {
    let zone = try ZoneFile(file(version: version, offsets: [-3600, 7200, 0], footer: "\n<+02>-2\n"))
    #expect(zone.initialOffset == -3600)
    #expect(zone.transitions == [.init(at: 100, offset: 7200), .init(at: 200, offset: 0)])
    #expect(zone.footer == (version == "1" ? "" : "<+02>-2"))
  }

  @Test(arguments: [
    ([UInt8](), "it is no TZif file"), (Array("TZif2".utf8), "it is cut off"),
    (file(version: "2", offsets: []), "it has no types"),
    (file(version: "2", offsets: [90_000, 93_600]), "it is more than a day away from UTC"),
    (file(version: "2", offsets: [0, 1, 2], times: [5, 5]), "its transitions are not in order"),
    (file(version: "2", offsets: [0, 1], times: [5, 6]), "it uses a type that it has not"),
    (file(version: "2", offsets: [0], footer: "UTC0\n"), "its footer is missing"),
  ])
  func `is refused when it is malformed`(bytes: [UInt8], text: String) {
    #expect(throws: ZoneFile.Malformed(text: text)) { try ZoneFile(bytes) }
  }

  @Test func `is refused wherever it is cut off`() throws {
    let whole = try Files.read("\(zones)/Europe/Berlin", limit: 1 << 16)
    for length in whole.indices {
      #expect(throws: ZoneFile.Malformed.self, "\(length)") { try ZoneFile(Array(whole[..<length])) }
    }
    #expect(try ZoneFile(whole).footer == "CET-1CEST,M3.5.0,M10.5.0/3")
  }

  @Test func `may hold anything`() throws {
    let whole = try Files.read("\(zones)/Africa/Monrovia", limit: 1 << 16)
    for index in whole.indices {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
        var broken = whole
        broken[index] = value
        _ = try? ZoneFile(broken)
      }
    }
  }

  @Test func `is refused when it counts leap seconds`() {
    #expect(throws: ZoneDatabase.Failure.self) {
      try ZoneDatabase(directory: zones, variable: nil).zone(named: "right/Europe/Berlin")
    }
  }
}

@Suite struct `The zones of the host` {
  let directory = TemporaryDirectory()

  @Test func `are all of tzdata's`() throws {
    let database = ZoneDatabase(directory: zones, variable: nil)
    let table = try Files.read("\(zones)/tzdata.zi", limit: 1 << 20)
    let names = table.split(separator: 0x0A).compactMap { line -> String? in
      let words = line.split(separator: 0x20)
      // A zone, or a link's second name.
      guard let kind = words.first, words.count > 2, kind.elementsEqual("Z".utf8) || kind.elementsEqual("L".utf8) else {
        return nil
      }
      return String(decoding: kind.elementsEqual("Z".utf8) ? words[1] : words[2], as: UTF8.self)
    }
    #expect(names.count > 500)
    for name in names { _ = try database.zone(named: name) }
  }

  @Test(arguments: [
    "", "Europe/Paris2", "/etc/localtime", "../zoneinfo/UTC", "Europe/../UTC", "Europe//Berlin", "Europe", "Europe/",
    ".", "Europe/Berlin\u{0}", "Europe/Berlin ", "UTC/x", "zone.tab",
  ])
  func `are not anything else`(name: String) {
    #expect(throws: ZoneDatabase.Failure.self) {
      try ZoneDatabase(directory: zones, variable: nil).zone(named: name)
    }
  }

  @Test(arguments: [
    ("Europe/Berlin", "Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"), (":Asia/Tokyo", "Asia/Tokyo", "JST-9"),
    ("/usr/share/zoneinfo/Asia/Tokyo", "/usr/share/zoneinfo/Asia/Tokyo", "JST-9"), ("", "UTC", "UTC0"),
    ("AAA3BBB,M3.2.0,M11.1.0", "AAA3BBB,M3.2.0,M11.1.0", "AAA3BBB,M3.2.0,M11.1.0"),
  ])
  func `are set by TZ`(variable: String, name: String, footer: String) throws {
    let database = ZoneDatabase(directory: zones, variable: variable)
    #expect(database.hostName == name)
    #expect(try database.hostZone().footer == footer)
  }

  @Test func `are otherwise what localtime links to, or UTC`() throws {
    let link = directory.file("localtime")
    let database = ZoneDatabase(directory: zones, hostFile: link, variable: nil)
    #expect(database.hostName == "UTC")
    #expect(try database.hostZone().footer == "UTC0")
    #expect(symlink("\(zones)/Asia/Tokyo", link) == 0)
    #expect(database.hostName == "Asia/Tokyo")
    #expect(try database.hostZone().footer == "JST-9")
  }

  @Test func `are missing where localtime leads nowhere, but for UTC, which needs no file`() throws {
    let link = directory.file("localtime")
    let database = ZoneDatabase(directory: zones, hostFile: link, variable: nil)
    #expect(symlink("\(zones)/Old/Name", link) == 0)
    #expect(database.hostName == "Old/Name")
    let failure = #expect(throws: ZoneDatabase.Failure.self) { try database.hostZone() }
    #expect(failure?.text == "\(link) leads to \(zones)/Old/Name, and there is no time zone")
    unlink(link)
    try Files.makeDirectory(link)
    #expect(throws: ZoneDatabase.Failure.self) { try database.hostZone() }
    rmdir(link)
    #expect(symlink("\(directory.path)/Etc/UTC", link) == 0)
    #expect(try ZoneDatabase(directory: directory.path, hostFile: link, variable: nil).hostZone().footer == "UTC0")
  }

  @Test func `have a mark that another file, another content and another name of the host's zone change`() throws {
    let link = directory.file("localtime")
    let database = ZoneDatabase(directory: directory.path, hostFile: link, variable: nil)
    #expect(database.path(of: nil) == link)
    #expect(database.path(of: "Here") == directory.file("Here"))
    #expect(database.path(of: "../Here") == nil)
    func step(_ change: () throws -> Void) rethrows -> [Bool] {
      let before = [database.mark(of: nil), database.mark(of: "Here")]
      try change()
      return zip(before, [database.mark(of: nil), database.mark(of: "Here")]).map { $0 != $1 }
    }
    let bytes = try Files.read("\(zones)/Asia/Tokyo", limit: 1 << 20)
    #expect(try step { try Files.writeAtomically(bytes, to: directory.file("Here"), mode: 0o644) } == [false, true])
    #expect(step { symlink(directory.file("Here"), link) } == [true, false])
    #expect(try step { try Files.writeAtomically(bytes, to: directory.file("Here"), mode: 0o644) } == [true, true])
    // Another name of one file.
    #expect(step { Glibc.link(directory.file("Here"), directory.file("There")) } == [true, true])
    #expect(step { unlink(link) } == [true, false])
    #expect(step { symlink(directory.file("There"), link) } == [true, false])
    #expect(step {} == [false, false])
  }

  @Test func `have a checksum of their rules`() throws {
    let database = ZoneDatabase(directory: zones, variable: nil)
    func checksum(_ name: String) throws -> UInt64 { try database.zone(named: name).checksum }
    #expect(try checksum("US/Eastern") == checksum("America/New_York"))
    #expect(try checksum("Europe/Berlin") != checksum("Europe/Paris"))
  }
}

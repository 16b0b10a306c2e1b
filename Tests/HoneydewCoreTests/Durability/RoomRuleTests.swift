import Testing

@testable import HoneydewCore

@Suite struct `The rule of the room on the disk` {
  private let mebibyte: Int64 = 1 << 20

  @Test func `keeps 4 MiB, and less of a small disk`() {
    #expect(RoomRule.reserve(of: 1 << 40) == 4 * mebibyte)
    #expect(RoomRule.reserve(of: 64 << 20) == 4 * mebibyte)
    #expect(RoomRule.reserve(of: 24 << 20) == 3 * mebibyte / 2)
    #expect(RoomRule.reserve(of: 3_000_000) == 45 * 4096)
    #expect(RoomRule.reserve(of: 0) == 0)
  }

  @Test func `takes no job where what is in the log might not find room in the database`() {
    let reserve = 4 * mebibyte
    #expect(!RoomRule.isScarce(reserve, free: 6 << 20, frames: 1024))
    #expect(RoomRule.isScarce(reserve, free: 6 << 20, frames: 1025))
    #expect(RoomRule.isScarce(reserve, free: 0, frames: 0))
  }

  @Test func `wants the reserve and twice as much before jobs are taken again`() {
    let reserve = 4 * mebibyte
    #expect(RoomRule.hasRoomAgain(reserve, free: 12 << 20, kept: 0, frames: 0))
    #expect(!RoomRule.hasRoomAgain(reserve, free: 12 << 20, kept: 0, frames: 1))
    #expect(RoomRule.hasRoomAgain(reserve, free: 8 << 20, kept: reserve, frames: 0))
    #expect(!RoomRule.isScarce(reserve, free: 8 << 20, frames: 0), "what is room again is not scarce at once")
  }
}

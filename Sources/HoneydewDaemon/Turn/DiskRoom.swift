internal import Glibc
internal import HoneydewCore
internal import HoneydewSystem

/// The room on the database's disk. Before it is used up no more jobs are taken and none is started, so that jobs can still
/// be removed; and a little of it is kept by a file that is given up on a full disk.
final class DiskRoom {
  private enum State {
    case enough
    /// No job is taken. Whether there is room again is looked at next at this time (monotonic).
    case scarce(lookAt: Duration)
  }

  private let file: ReserveFile
  private let path: String
  private let log: Log
  private var state = State.enough
  /// How often the log had grown when the disk was looked at.
  private var lookedAtFrames = 0

  /// - Parameter path: of the database, which may not be there yet; its directory is.
  init(besides path: String, log: Log) {
    self.path = path
    self.log = log.of(.store)
    file = ReserveFile(path + "-reserve")
  }

  /// Whether no job is taken and none is started, for lack of room.
  var isScarce: Bool { if case .scarce = state { true } else { false } }

  var deadline: Duration? { if case .scarce(let lookAt) = state { lookAt } else { nil } }

  /// Gives the reserve up where the start itself may need it.
  func makeRoomForStart(now: Duration) {
    let kept = file.size
    if kept > 0, let (free, _) = measure(), RoomRule.mustGiveUp(kept, free: free) { giveUp(now: now) }
  }

  /// Takes the reserve beside a database that was found to be ours.
  func begin(now: Duration) {
    guard !isScarce, let (free, reserve) = measure(), reserve > 0 else { return }
    guard RoomRule.hasRoomAgain(reserve, free: free, kept: file.size, frames: 0) else { return becomeScarce(now: now) }
    take(reserve)
  }

  /// The log has so many frames now: looks at the disk now and then.
  func grew(toFrames frames: Int, now: Duration) {
    let step = frames / RoomRule.lookFrames
    guard step != lookedAtFrames else { return }
    lookedAtFrames = step
    guard !isScarce, let (free, reserve) = measure(), RoomRule.isScarce(reserve, free: free, frames: frames) else {
      return
    }
    becomeScarce(now: now)
  }

  /// The disk is full: gives the reserve up.
  func giveUp(now: Duration) {
    file.giveUp()
    if !isScarce { becomeScarce(now: now) }
  }

  /// Looks whether there is room again, when that is due.
  ///
  /// - Parameter frames: in the log.
  /// - Returns: whether room is wanted that a copy of the log may make.
  func step(frames: Int, now: Duration) -> Bool {
    guard case .scarce(let lookAt) = state, lookAt <= now else { return false }
    state = .scarce(lookAt: now + RoomRule.lookInterval)
    guard let (free, reserve) = measure(), RoomRule.hasRoomAgain(reserve, free: free, kept: file.size, frames: frames)
    else {
      return true
    }
    state = .enough
    take(reserve)
    log.info("there is room on the disk again: jobs are taken and started")
    return false
  }

  private func becomeScarce(now: Duration) {
    state = .scarce(lookAt: now)
    log.error(
      "the disk is full: no job is taken and none is started until there is room",
      ["database": .string(path), "what_to_do": .string("remove ended jobs, or free some space on the disk")])
  }

  private func take(_ reserve: Int64) {
    guard file.size < reserve else { return }
    do throws(Errno) {
      try file.take(bytes: reserve)
    } catch {
      log.warn("no room can be kept for a full disk", ["error": .string("\(error)")])
    }
  }

  private func measure() -> (free: UInt64, reserve: Int64)? {
    let directory = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    guard let space = try? Files.space(at: directory.isEmpty ? "/" : directory) else { return nil }
    return (space.free, RoomRule.reserve(of: space.total))
  }
}

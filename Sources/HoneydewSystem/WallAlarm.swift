internal import CLinux
import Glibc

/// The one descriptor by which the wall clock wakes the loop: at a moment, and when the clock is set.
final class WallAlarm {
  private enum State: Equatable {
    case off
    case armed(Duration)
    /// Far in the future, for the sake of the clock's changes.
    case watchingClock
  }

  private let descriptor: FileDescriptor
  private var state = State.off
  private var missedChange = false

  init() throws(Errno) {
    descriptor = FileDescriptor(owning: try systemCall("timerfd_create") { honeydew_wall_alarm_create() })
  }

  var fileNumber: Int32 { descriptor.fileNumber }

  func arm(for deadline: Duration?, watchingClock: Bool) throws(Errno) {
    let wanted = deadline.map(State.armed) ?? (watchingClock ? .watchingClock : .off)
    guard wanted != state else { return }
    // Zero would disarm, and the kernel's time ends with Int64.max nanoseconds.
    let nanoseconds: Int64 =
      switch wanted {
      case .off: 0
      case .armed(let moment): max(1, moment.nanosecondsRoundedUp)
      case .watchingClock: .max
      }
    do {
      try systemCall("timerfd_settime") {
        honeydew_wall_alarm_set(fileNumber, nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000)
      }
    } catch {
      // The alarm is armed all the same; the change of the clock is reported in the turn that begins.
      guard error.number == ECANCELED else { throw error }
      missedChange = true
      _ = try? systemCall("timerfd_settime") { honeydew_wall_alarm_set(fileNumber, 0, 1) }
      state = .armed(.nanoseconds(1))
      return
    }
    state = wanted
  }

  /// Takes the alarm's wake-up. True when the clock was set; the alarm must be armed again in any case.
  func clockWasSet() -> Bool {
    var expirations: UInt64 = 0
    let result = read(fileNumber, &expirations, MemoryLayout<UInt64>.size)
    let wasSet = missedChange || (result == -1 && errno == ECANCELED)
    missedChange = false
    state = .off
    return wasSet
  }
}

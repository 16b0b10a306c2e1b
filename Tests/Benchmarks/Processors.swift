import CLinux
import Glibc
import HoneydewSystem

/// The processors that this process and the children that it starts from now on may run on.
struct Processors {
  private var bits = [UInt64](repeating: 0, count: 16)

  static func current() throws -> Processors {
    var processors = Processors()
    guard honeydew_get_processors(&processors.bits) >= 0 else { throw Errno(errno, call: "sched_getaffinity") }
    return processors
  }

  /// The lowest of them alone.
  var first: Processors {
    var one = Processors()
    if let index = bits.firstIndex(where: { $0 != 0 }) { one.bits[index] = bits[index] & (~bits[index] &+ 1) }
    return one
  }

  func use() throws {
    guard honeydew_set_processors(bits) >= 0 else { throw Errno(errno, call: "sched_setaffinity") }
  }
}

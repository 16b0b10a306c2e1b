internal import CLinux
internal import Glibc

/// Bytes from the kernel's generator (`getrandom(2)`), fit for keys.
public func randomBytes(_ count: Int) throws(Errno) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  var filled = 0
  while filled < count {
    filled += try systemCall("getrandom") {
      bytes[filled...].withUnsafeMutableBytes { getrandom($0.baseAddress, $0.count, 0) }
    }
  }
  return bytes
}

/// The system's generator, asked for many numbers at a time: each question is a system call.
public struct StockedRandom: RandomNumberGenerator {
  private var numbers = [UInt64](repeating: 0, count: 32)
  private var left = 0

  public init() {}

  public mutating func next() -> UInt64 {
    if left == 0 {
      fill()
      left = numbers.count
    }
    left -= 1
    return numbers[left]
  }

  /// So few bytes come whole and at once (getrandom(2)).
  private mutating func fill() {
    let count = numbers.withUnsafeMutableBytes { getrandom($0.baseAddress, $0.count, 0) }
    precondition(count == numbers.count * 8, "the kernel has no random numbers: errno \(errno)")
  }
}

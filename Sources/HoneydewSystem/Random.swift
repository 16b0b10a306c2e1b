internal import CLinux

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

import Glibc

/// Reading a regular file at any place of it.
extension FileDescriptor {
  /// At most `count` bytes; fewer only at the end of the file.
  public borrowing func read(at offset: Int64, count: Int) throws(Errno) -> [UInt8] {
    let number = fileNumber
    var bytes = [UInt8](repeating: 0, count: count)
    let length = try systemCall("pread") {
      bytes.withUnsafeMutableBytes { pread(number, $0.baseAddress, count, Int(offset)) }
    }
    bytes.removeLast(count - length)
    return bytes
  }

  /// In bytes.
  public borrowing func size() throws(Errno) -> Int64 {
    let number = fileNumber
    var status = stat()
    _ = try systemCall("fstat") { fstat(number, &status) }
    return Int64(status.st_size)
  }
}

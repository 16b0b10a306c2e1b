import Glibc
import HoneydewSystem

/// The disk that all of it was measured on.
extension Bench {
  /// What a sync of a few bytes takes: a daemon's answer to one client cannot be faster.
  func measureDisk() throws {
    let file = try Files.open("\(directory.path)/sync", flags: O_WRONLY | O_CREAT)
    let page = [UInt8](repeating: 0x55, count: 4096)
    var costs: [Double] = []
    for _ in 0..<200 {
      guard pwrite(file.fileNumber, page, page.count, 0) == page.count else { throw Errno(errno, call: "pwrite") }
      costs.append(
        try microseconds(each: 1) {
          guard fdatasync(file.fileNumber) == 0 else { throw Errno(errno, call: "fdatasync") }
        })
    }
    report.add(Figure(name: "sync of the disk, 4 KiB written over", value: median(costs), unit: "us"))
  }
}

internal import Glibc
internal import HoneydewCore
internal import HoneydewSystem

/// The lines of a file or of standard input, one at a time, so that a file of any size needs memory for one of them.
final class LineReader {
  static let longestLine = 4 << 20
  private static let portion = 1 << 16

  /// As it was typed, `-` for standard input.
  let name: String
  /// How many bytes there are to read; nil for what has no size, such as a pipe.
  let size: Int64?
  /// The number of the line that was read last, from 1.
  private(set) var lineNumber = 0
  /// How many bytes the lines had that were read so far.
  private(set) var position: Int64 = 0

  private let file: FileDescriptor
  private let start: Int64
  private var buffer: [UInt8] = []
  private var next = 0
  private var isAtEnd = false

  init(_ name: String) throws(Failure) {
    self.name = name
    do throws(Errno) {
      file = try name == "-" ? FileDescriptor(duplicating: STDIN_FILENO) : Files.open(name, flags: O_RDONLY)
      let status = try Files.status(of: file.fileNumber)
      guard status.kind != .directory else { throw Errno(EISDIR, call: "read") }
      let offset = status.kind == .file ? Int64(lseek(file.fileNumber, 0, SEEK_CUR)) : -1
      start = max(0, offset)
      size = offset < 0 ? nil : max(0, status.size - offset)
    } catch {
      throw LineReader.failure(name, error)
    }
  }

  /// The next line without its end, or nil after the last one.
  func nextLine() throws(Failure) -> [UInt8]? {
    var searched = next
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) { return take(to: end, skipping: 1) }
      guard !isAtEnd else { return next < buffer.count ? take(to: buffer.count, skipping: 0) : nil }
      guard buffer.count - next <= LineReader.longestLine else {
        throw .usage("line \(lineNumber + 1) is longer than \(LineReader.longestLine) bytes")
      }
      searched = buffer.count - next
      try fill()
    }
  }

  /// Whether `nextLine` does not wait. A file's lines are always there.
  var hasLine: Bool {
    size != nil || isAtEnd || buffer.count - next > LineReader.longestLine
      || buffer[next...].contains(UInt8(ascii: "\n"))
  }

  var fileNumber: Int32 { file.fileNumber }

  /// Begins again, where the input has a size.
  func rewind() {
    lseek(file.fileNumber, off_t(start), SEEK_SET)
    buffer.removeAll(keepingCapacity: true)
    next = 0
    lineNumber = 0
    position = 0
    isAtEnd = false
  }

  private func take(to end: Int, skipping count: Int) -> [UInt8] {
    let line = Array(buffer[next..<end])
    position += Int64(end + count - next)
    next = end + count
    lineNumber += 1
    return line
  }

  /// Takes in what there is, in place of the lines that were read; waits for it where there is nothing.
  func fill() throws(Failure) {
    buffer.removeFirst(next)
    next = 0
    var portion = [UInt8](repeating: 0, count: LineReader.portion)
    var count = -1
    repeat {
      count = Glibc.read(file.fileNumber, &portion, portion.count)
    } while count < 0 && errno == EINTR
    guard count >= 0 else { throw LineReader.failure(name, Errno(errno, call: "read")) }
    isAtEnd = count == 0
    buffer += portion[..<count]
  }

  private static func failure(_ name: String, _ error: Errno) -> Failure {
    Failure(.failed, "cannot read \(name == "-" ? "standard input" : name): \(error.text)")
  }
}

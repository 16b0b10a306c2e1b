internal import Glibc
internal import HoneydewSystem

/// A file that a result is written to. One that is there is replaced in one step when all is written, and stays as it
/// was when something goes wrong; a device or a pipe is written to as it is.
struct OutputFile: ~Copyable {
  private let name: String
  private let file: FileDescriptor
  /// Where the content is until it is complete, and where it goes then; nil for a device or a pipe.
  private let move: (from: String, to: String)?
  private var isComplete = false

  init(_ name: String) throws(Failure) {
    do throws(Errno) {
      let status = try Files.status(name)
      if let status, status.kind != .file {
        file = try Files.open(name, flags: O_WRONLY | O_NOCTTY)
        move = nil
      } else {
        // Through a symbolic link, which stays one.
        let target = status == nil ? name : try Files.realPath(name)
        let temporary = try OutputFile.temporaryName(for: target)
        file = try Files.open(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o666)
        if let status { fchmod(file.fileNumber, status.mode) }
        move = (temporary, target)
      }
    } catch {
      throw OutputFile.failure(name, error)
    }
    self.name = name
  }

  deinit {
    if let move, !isComplete { _ = try? Files.remove(move.from) }
  }

  func write(_ bytes: [UInt8]) throws(Failure) {
    do {
      try file.writeAll(bytes)
    } catch {
      throw OutputFile.failure(name, error)
    }
  }

  /// Puts the content on the disk under its name.
  mutating func finish() throws(Failure) {
    guard let move else { return }
    do {
      try file.synchronize()
      try Files.rename(move.from, to: move.to)
      isComplete = true
      try Files.synchronizeDirectory(of: move.to)
    } catch {
      throw OutputFile.failure(name, error)
    }
  }

  /// A name that nobody has, in the same directory: only within one file system is a move one step.
  private static func temporaryName(for path: String) throws(Errno) -> String {
    let suffix = try randomBytes(6).map { String($0 % 36, radix: 36) }.joined()
    let name = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    return "\(path[..<name]).\(path[name...].prefix(64)).\(suffix)"
  }

  private static func failure(_ name: String, _ error: Errno) -> Failure {
    Failure(.failed, "cannot write \(name): \(error.text)")
  }
}

internal import CLinux
import Glibc

/// Whole files and directories. Every error carries the path.
public enum Files {
  /// Opens a file, close-on-exec. `flags` as for `open(2)`; `mode` is for a new one, less the umask.
  public static func open(_ path: String, flags: Int32, mode: UInt32 = 0o600) throws(Errno) -> FileDescriptor {
    let path = try checked(path, call: "open")
    return FileDescriptor(owning: try systemCall("open", detail: path) { honeydew_open(path, flags, mode) })
  }

  /// The file's content.
  /// - Throws: `EFBIG` when it is longer than `limit` bytes.
  public static func read(_ path: String, limit: Int) throws(Errno) -> [UInt8] {
    let file = try open(path, flags: O_RDONLY)
    var content: [UInt8] = []
    // Not by its size: files of proc(5) and pipes have none.
    var chunk = [UInt8](repeating: 0, count: 16384)
    while true {
      let count = try file.read(into: &chunk, path: path)
      guard count > 0 else { return content }
      guard content.count + count <= limit else {
        throw Errno(EFBIG, call: "read", detail: "\(path) is longer than \(limit) bytes")
      }
      content += chunk[..<count]
    }
  }

  /// Opens a regular file to be read, without ever waiting for who writes to a pipe.
  /// - Throws: `EINVAL` for another kind of file, `EFBIG` when it is longer than `limit` bytes.
  public static func openRegular(_ path: String, limit: Int64) throws(Errno) -> FileDescriptor {
    let file = try open(path, flags: O_RDONLY | O_NONBLOCK)
    let status = try status(of: file.fileNumber)
    guard status.kind == .file else { throw Errno(EINVAL, call: "open", detail: "\(path) is no regular file") }
    guard status.size <= limit else {
      throw Errno(EFBIG, call: "open", detail: "\(path) is longer than \(limit) bytes")
    }
    return file
  }

  /// Replaces the file by one with this content and exactly this mode. A crash at any point leaves the old file or the
  /// new one, and when this returns the new one is on the disk.
  public static func writeAtomically(_ bytes: [UInt8], to path: String, mode: UInt32) throws(Errno) {
    // One fixed name, so that what a crash leaves behind is replaced the next time.
    let temporary = path + ".new"
    _ = try remove(temporary)
    do {
      let file = try open(temporary, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
      try systemCall("fchmod", detail: temporary) { fchmod(file.fileNumber, mode) }
      try file.writeAll(bytes)
      try file.synchronize()
      try rename(temporary, to: path)
    } catch {
      _ = try? remove(temporary)
      throw error.detail == nil ? error.with(detail: path) : error
    }
    try synchronizeDirectory(of: path)
  }

  /// Moves a file, over one that is there. On the disk after `synchronizeDirectory(of:)`.
  public static func rename(_ old: String, to new: String) throws(Errno) {
    let (old, new) = (try checked(old, call: "rename"), try checked(new, call: "rename"))
    try systemCall("rename", detail: "\(old) to \(new)") { Glibc.rename(old, new) }
  }

  /// Gives a file a second name (`link(2)`).
  /// - Throws: `EEXIST` when something has the name.
  public static func link(_ old: String, as new: String) throws(Errno) {
    let (old, new) = (try checked(old, call: "link"), try checked(new, call: "link"))
    try systemCall("link", detail: "\(old) as \(new)") { Glibc.link(old, new) }
  }

  /// Removes a file. False when there was none.
  public static func remove(_ path: String) throws(Errno) -> Bool {
    let path = try checked(path, call: "unlink")
    do {
      try systemCall("unlink", detail: path) { unlink(path) }
      return true
    } catch {
      guard error.number == ENOENT else { throw error }
      return false
    }
  }

  /// Makes a directory, and its parents where they are missing, all with this mode less the umask. One that is there
  /// keeps its mode.
  /// - Throws: `ENOTDIR` when something else has the name.
  public static func makeDirectory(_ path: String, mode: UInt32 = 0o700) throws(Errno) {
    let path = try checked(path, call: "mkdir")
    guard try status(path)?.kind != .directory else { return }
    if let parent = parent(of: path) { try makeDirectory(parent, mode: mode) }
    do {
      try systemCall("mkdir", detail: path) { mkdir(path, mode) }
    } catch {
      guard error.number == EEXIST else { throw error }
      guard try status(path)?.kind == .directory else { throw Errno(ENOTDIR, call: "mkdir", detail: path) }
    }
  }

  /// Makes the directory that a file is to be in, as `makeDirectory` does.
  public static func makeParent(of path: String) throws(Errno) {
    if let parent = parent(of: path) { try makeDirectory(parent) }
  }

  /// The names in a directory, sorted, without `.` and `..`.
  public static func list(_ path: String) throws(Errno) -> [String] {
    let path = try checked(path, call: "opendir")
    guard let directory = opendir(path) else { throw Errno(errno, call: "opendir", detail: path) }
    defer { closedir(directory) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(directory) else {
        guard errno == 0 else { throw Errno(errno, call: "readdir", detail: path) }
        return names.sorted()
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
  }

  /// Puts the creation, the removal or the renaming of this file on the disk.
  public static func synchronizeDirectory(of path: String) throws(Errno) {
    let directory = parent(of: path) ?? "."
    let descriptor = try open(directory, flags: O_RDONLY | O_DIRECTORY)
    try systemCall("fsync", detail: directory) { fsync(descriptor.fileNumber) }
  }

  /// A descriptor of a directory, for a sync.
  public static func openDirectory(_ path: String) throws(Errno) -> FileDescriptor {
    try open(path, flags: O_RDONLY | O_DIRECTORY)
  }

  /// The one absolute path of an existing file, without symbolic links (`realpath(3)`).
  public static func realPath(_ path: String) throws(Errno) -> String {
    let path = try checked(path, call: "realpath")
    guard let resolved = realpath(path, nil) else { throw Errno(errno, call: "realpath", detail: path) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func parent(of path: String) -> String? {
    let trimmed = path.utf8.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard let slash = trimmed.lastIndex(of: "/") else { return nil }
    return slash == trimmed.startIndex ? (trimmed == "/" ? nil : "/") : String(trimmed[..<slash])
  }

  /// C would end the path at a NUL byte and so reach another file.
  static func checked(_ path: String, call: String) throws(Errno) -> String {
    guard !path.utf8.contains(0) else { throw Errno(EINVAL, call: call, detail: "a path holds a NUL byte") }
    return path
  }
}

extension Files {
  /// Hands on a file's content in chunks.
  public static func forEachChunk<Failure>(
    of path: String, length: Int, _ body: ([UInt8]) throws(Failure) -> Void
  ) throws {
    try open(path, flags: O_RDONLY).forEachChunk(length: length, body)
  }

  /// Free and total space of the file system that holds a path, in bytes.
  public static func space(at path: String) throws(Errno) -> (free: UInt64, total: UInt64) {
    var status = statvfs()
    try systemCall("statvfs", detail: path) { statvfs(path, &status) }
    return (UInt64(status.f_bavail) * UInt64(status.f_frsize), UInt64(status.f_blocks) * UInt64(status.f_frsize))
  }
}

extension FileDescriptor {
  /// Reads as many bytes as there is room and file for: for files. Zero at the end.
  public borrowing func read(into chunk: inout [UInt8], path: String) throws(Errno) -> Int {
    let fileNumber = fileNumber
    return try systemCall("read", detail: path) { Glibc.read(fileNumber, &chunk, chunk.count) }
  }

  /// Hands on what is left of a file's content in chunks.
  public borrowing func forEachChunk<Failure>(length: Int, _ body: ([UInt8]) throws(Failure) -> Void) throws {
    var chunk = [UInt8](repeating: 0, count: length)
    while true {
      let count = try read(into: &chunk, path: "a file")
      guard count > 0 else { return }
      try body(Array(chunk[..<count]))
    }
  }

  /// Writes all the bytes, waiting where needed: for files.
  public borrowing func writeAll(_ bytes: [UInt8]) throws(Errno) {
    let fileNumber = fileNumber
    var written = 0
    while written < bytes.count {
      written += try systemCall("write") {
        bytes[written...].withUnsafeBytes { Glibc.write(fileNumber, $0.baseAddress, $0.count) }
      }
    }
  }

  /// Puts content and size on the disk (`fsync`).
  public borrowing func synchronize() throws(Errno) {
    let fileNumber = fileNumber
    try systemCall("fsync") { fsync(fileNumber) }
  }
}

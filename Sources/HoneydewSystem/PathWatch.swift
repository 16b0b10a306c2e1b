internal import Glibc

/// Tells when something may have changed at one of some paths (`inotify(7)`): a file's content or rights, where a link on
/// the way leads, whether anything is there. Nothing wakes the loop while nothing happens.
///
/// What the kernel does not tell (mounts, other hosts of a network file system) is not seen.
public final class PathWatch {
  private let loop: EventLoop
  private let descriptor: FileDescriptor
  private let onChange: () -> Void
  private var registration: EventLoop.Registration?
  /// The watched directories, and the names in them that matter, by the kernel's number.
  private var names: [Int32: Set<String>] = [:]

  private static let ofDirectory = UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
  private static let ofNames = UInt32(
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB)

  /// - Parameter onChange: called in the turn of the change, perhaps more than once.
  public init(on loop: EventLoop, onChange: @escaping () -> Void) throws(Errno) {
    self.loop = loop
    self.onChange = onChange
    descriptor = FileDescriptor(
      owning: try systemCall("inotify_init1") { inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC)) })
    registration = try loop.add(descriptor.fileNumber, .read) { [unowned self] _ in receive() }
  }

  deinit {
    if let registration { loop.remove(registration) }
  }

  /// Watches these paths in place of the earlier ones, as the file system is now: to be called again after each change.
  /// What changed before the call is not told: look at the paths afterwards.
  ///
  /// - Throws: why some of them are not watched, such as the limit `fs.inotify.max_user_watches`; the others are.
  public func watch(_ paths: some Sequence<String>) throws(Errno) {
    var failure: Errno?
    var wanted: [Int32: Set<String>] = [:]
    for (directory, names) in WatchedPlaces(paths).names {
      let mask = Self.ofDirectory | (names.isEmpty ? 0 : Self.ofNames)
      let number = inotify_add_watch(descriptor.fileNumber, directory, mask)
      if number >= 0 {
        wanted[number, default: []].formUnion(names)
      } else if errno != ENOENT, errno != ENOTDIR {
        failure = Errno(errno, call: "inotify_add_watch", detail: directory)
      }
    }
    for number in names.keys where wanted[number] == nil { inotify_rm_watch(descriptor.fileNumber, number) }
    names = wanted
    if let failure { throw failure }
  }

  private func receive() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    var concerns = false
    while true {
      let count = read(descriptor.fileNumber, &buffer, buffer.count)
      guard count > 0 else { break }
      var place = 0
      while place < count {
        let event = buffer[place...].withUnsafeBytes { $0.loadUnaligned(as: inotify_event.self) }
        let name = buffer[(place + MemoryLayout<inotify_event>.size)...].prefix(Int(event.len)).prefix { $0 != 0 }
        concerns = isOfInterest(event, String(decoding: name, as: UTF8.self)) || concerns
        place += MemoryLayout<inotify_event>.size + Int(event.len)
      }
    }
    if concerns { onChange() }
  }

  private func isOfInterest(_ event: inotify_event, _ name: String) -> Bool {
    // Events were lost.
    if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { return true }
    guard let names = names[event.wd] else { return false }
    return name.isEmpty || names.contains(name)
  }
}

/// The directories on the way to some paths, links followed, each with the names in it on which the ways depend.
struct WatchedPlaces {
  private static let mostLinks = 40

  private(set) var names: [String: Set<String>] = [:]

  init(_ paths: some Sequence<String>) {
    for path in paths { follow(path) }
  }

  private mutating func follow(_ path: String) {
    var parts = Self.parts(of: path)
    var directory = "/"
    var links = 0
    while let part = parts.popLast() {
      if part == ".." {
        directory = directory.lastIndex(of: "/").map { String(directory[..<$0]) } ?? ""
        if directory.isEmpty { directory = "/" }
        continue
      }
      let place = directory == "/" ? "/\(part)" : "\(directory)/\(part)"
      switch Self.look(place) {
      case .directory where !parts.isEmpty:
        directory = place
        names[directory, default: []].formUnion([])
      case .link(let target):
        names[directory, default: []].insert(part)
        links += 1
        guard links <= Self.mostLinks else { return }
        if target.hasPrefix("/") { directory = "/" }
        parts += Self.parts(of: target)
      case .directory, .other:
        names[directory, default: []].insert(part)
        return
      }
    }
  }

  /// The last part first.
  private static func parts(of path: String) -> [String] {
    path.split(separator: "/").filter { $0 != "." }.map(String.init).reversed()
  }

  private enum Kind {
    case directory
    case link(String)
    /// A file, or nothing.
    case other
  }

  private static func look(_ path: String) -> Kind {
    var status = stat()
    guard lstat(path, &status) == 0 else { return .other }
    if status.st_mode & S_IFMT == S_IFDIR { return .directory }
    guard status.st_mode & S_IFMT == S_IFLNK else { return .other }
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &target, target.count)
    return count > 0 ? .link(String(decoding: target[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)) : .other
  }
}

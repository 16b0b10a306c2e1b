internal import Glibc

/// Tells which files of a directory have grown, come or been renamed (`inotify(7)`). Nothing wakes the loop while nothing
/// happens.
public final class DirectoryWatch {
  private let loop: EventLoop
  private let descriptor: FileDescriptor
  /// Takes the names; nil when it may be any, since events were lost.
  private let onChange: (Set<String>?) -> Void
  private var registration: EventLoop.Registration?

  private static let mask = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)
  /// What is read in one turn.
  private static let capacity = 64 << 10

  /// - Parameter onChange: called in the turn of the changes, with the names of the files.
  public init(_ directory: String, on loop: EventLoop, onChange: @escaping (Set<String>?) -> Void) throws(Errno) {
    self.loop = loop
    self.onChange = onChange
    descriptor = FileDescriptor(
      owning: try systemCall("inotify_init1") { inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC)) })
    let number = descriptor.fileNumber
    try systemCall("inotify_add_watch", detail: directory) { inotify_add_watch(number, directory, Self.mask) }
    registration = try loop.add(number, .read) { [unowned self] _ in receive() }
  }

  deinit {
    if let registration { loop.remove(registration) }
  }

  private func receive() {
    var names: Set<String>? = []
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.capacity) { buffer, count in
      count = max(0, read(descriptor.fileNumber, buffer.baseAddress, buffer.count))
    }
    var place = 0
    while place < bytes.count {
      let event = bytes[place...].withUnsafeBytes { $0.loadUnaligned(as: inotify_event.self) }
      let name = bytes[(place + MemoryLayout<inotify_event>.size)...].prefix(Int(event.len)).prefix { $0 != 0 }
      if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { names = nil }
      if !name.isEmpty { names?.insert(String(decoding: name, as: UTF8.self)) }
      place += MemoryLayout<inotify_event>.size + Int(event.len)
    }
    if names?.isEmpty != true { onChange(names) }
  }
}

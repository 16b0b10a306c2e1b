/// Bytes that wait to be written, first in, first out.
public struct WriteBuffer {
  private var storage: [UInt8] = []
  private var written = 0

  public init() {}

  public var count: Int { storage.count - written }
  public var isEmpty: Bool { count == 0 }
  /// The bytes of memory that are held.
  var capacity: Int { storage.capacity }

  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    storage.append(contentsOf: bytes)
  }

  public mutating func append(_ bytes: some Sequence<UInt8>) {
    storage.append(contentsOf: bytes)
  }

  public mutating func removeAll() {
    storage = []
    written = 0
  }

  /// Hands what waits to `write` until all is written or it would block. True when nothing waits any more.
  public mutating func flush(
    _ write: (UnsafeRawBufferPointer) throws(Errno) -> WriteResult
  ) throws(Errno) -> Bool {
    while !isEmpty {
      let result: Result<WriteResult, Errno> = storage.withUnsafeBytes { bytes in
        do throws(Errno) {
          return .success(try write(UnsafeRawBufferPointer(rebasing: bytes[written...])))
        } catch {
          return .failure(error)
        }
      }
      guard case .success(.wrote(let count)) = result else {
        compact()
        _ = try result.get()
        return false
      }
      written += count
    }
    // Many connections idle at a time; none keeps the memory of its largest answer.
    storage.removeAll(keepingCapacity: storage.capacity <= 4096)
    written = 0
    return true
  }

  /// Moves what waits to the front when at least half of the storage is behind it.
  private mutating func compact() {
    guard written >= storage.count - written else { return }
    storage.removeFirst(written)
    written = 0
  }
}

internal import COpenSSL
internal import Glibc

/// 32 secret bytes on a page of their own, which is not swapped out, is in no core dump, and is wiped when let go.
final class SecretKey {
  static let length = 32

  private let page: UnsafeMutableRawPointer

  /// A key of zeros.
  init() throws(VaultError) {
    let mapped = mmap(nil, Self.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else {
      throw VaultError(.library, "There is no memory for a key: \(String(cString: strerror(errno))).")
    }
    page = mapped
    // Where locked memory is not granted (RLIMIT_MEMLOCK) the key is as safe as the machine's swap.
    _ = mlock(page, Self.length)
    _ = madvise(page, Self.length, MADV_DONTDUMP)
  }

  /// A new random key.
  static func random() throws(VaultError) -> SecretKey {
    let key = try SecretKey()
    guard key.withBytes({ randomize($0, with: RAND_priv_bytes) }) else {
      throw VaultError(.library, "The system gives no random numbers for a key.")
    }
    return key
  }

  deinit {
    OPENSSL_cleanse(page, Self.length)
    munmap(page, Self.length)
  }

  /// Calls `body` with the key's bytes, which must not leave it.
  func withBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
    withExtendedLifetime(self) { body(UnsafeMutableRawBufferPointer(start: page, count: Self.length)) }
  }
}

/// Fills a buffer with random bytes, for secrets (`RAND_priv_bytes`) or for what everybody may see (`RAND_bytes`).
func randomize(
  _ buffer: UnsafeMutableRawBufferPointer, with generator: (UnsafeMutablePointer<UInt8>?, Int32) -> Int32
) -> Bool {
  generator(buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(buffer.count)) == 1
}

internal import CArgon2

/// Argon2id (RFC 9106) with 64 MiB of memory, 3 passes and 1 lane.
enum Argon2id {
  private static let passes: UInt32 = 3
  private static let memoryKiB: UInt32 = 64 * 1024
  private static let lanes: UInt32 = 1

  /// - Parameter salt: at least 8 bytes (RFC 9106 recommends 16).
  static func deriveKey(from secret: SecretKey, salt: [UInt8]) throws(VaultError) -> SecretKey {
    let derived = try SecretKey()
    let result = secret.withBytes { secret in
      derived.withBytes { derived in
        argon2id_hash_raw(
          passes, memoryKiB, lanes, secret.baseAddress, secret.count, salt, salt.count, derived.baseAddress,
          derived.count)
      }
    }
    guard result == ARGON2_OK.rawValue else {
      throw VaultError(
        .library,
        "The key cannot be derived from the master key: \(String(cString: argon2_error_message(result))).")
    }
    return derived
  }
}

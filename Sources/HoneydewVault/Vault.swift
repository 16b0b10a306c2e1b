internal import COpenSSL

/// Seals secrets with AES-256-GCM (NIST SP 800-38D) under a key derived from the master key and a database's salt.
///
/// A sealed value is `nonce (12 bytes) || ciphertext || tag (16 bytes)`. The nonce is random: one key is good for 2^32
/// values (SP 800-38D, section 8.3).
public final class Vault {
  private static let nonceLength = 12
  private static let tagLength = 16

  private let key: SecretKey

  /// Derives the key, which takes a fraction of a second and 64 MiB of memory meanwhile.
  ///
  /// - Parameter salt: 16 random bytes, chosen once for each database.
  public convenience init(masterKey: MasterKey, salt: [UInt8]) throws(VaultError) {
    self.init(try Argon2id.deriveKey(from: masterKey.secret, salt: salt))
  }

  init(_ key: SecretKey) {
    self.key = key
  }

  /// Seals a secret.
  ///
  /// - Parameter context: what the value is and where it belongs. It is not stored; `open` wants the same one, so that
  ///   a sealed value does not pass for another.
  public func seal(_ plaintext: [UInt8], context: String) throws(VaultError) -> [UInt8] {
    var sealed = [UInt8](repeating: 0, count: Self.nonceLength + plaintext.count + Self.tagLength)
    let cipher = try Cipher()
    let isDone = sealed.withUnsafeMutableBytes { sealed in
      let nonce = UnsafeMutableRawBufferPointer(rebasing: sealed[..<Self.nonceLength])
      return randomize(nonce, with: RAND_bytes)
        && cipher.start(isSealing: true, key: key, nonce: UnsafeRawBufferPointer(nonce))
        && cipher.authenticate(context)
        && plaintext.withUnsafeBytes { cipher.update($0, into: sealed.baseAddress! + Self.nonceLength) }
        && cipher.finish()
        && cipher.getTag(UnsafeMutableRawBufferPointer(rebasing: sealed.suffix(Self.tagLength)))
    }
    guard isDone else {
      throw VaultError(.library, "OpenSSL cannot seal a value: it has no random numbers or no AES-256-GCM.")
    }
    return sealed
  }

  /// The secret of a sealed value.
  ///
  /// - Throws: `notAuthentic` unless this vault's key sealed exactly this value for this context.
  public func open(_ sealed: [UInt8], context: String) throws(VaultError) -> [UInt8] {
    let length = sealed.count - Self.nonceLength - Self.tagLength
    guard length >= 0 else { throw Self.notAuthentic }
    var plaintext = [UInt8](repeating: 0, count: length)
    let cipher = try Cipher()
    let isAuthentic = plaintext.withUnsafeMutableBytes { plaintext in
      let isAuthentic = sealed.withUnsafeBytes { sealed in
        let nonce = UnsafeRawBufferPointer(rebasing: sealed[..<Self.nonceLength])
        let ciphertext = UnsafeRawBufferPointer(rebasing: sealed[Self.nonceLength...].prefix(length))
        let tag = UnsafeRawBufferPointer(rebasing: sealed.suffix(Self.tagLength))
        return cipher.start(isSealing: false, key: key, nonce: nonce)
          && cipher.authenticate(context)
          && cipher.update(ciphertext, into: plaintext.baseAddress)
          && cipher.setTag(tag)
          && cipher.finish()
      }
      if !isAuthentic { OPENSSL_cleanse(plaintext.baseAddress, plaintext.count) }
      return isAuthentic
    }
    guard isAuthentic else { throw Self.notAuthentic }
    return plaintext
  }

  private static let notAuthentic = VaultError(
    .notAuthentic, "A sealed value cannot be opened: it was changed, moved, or sealed under another key.")
}

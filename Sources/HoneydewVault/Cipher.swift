internal import COpenSSL

/// One run of AES-256-GCM through OpenSSL's EVP interface (`EVP_EncryptInit(3)`). Every step tells whether it was done.
struct Cipher: ~Copyable {
  private let context: OpaquePointer

  init() throws(VaultError) {
    guard let context = EVP_CIPHER_CTX_new() else {
      throw VaultError(.library, "There is no memory for a cipher.")
    }
    self.context = context
  }

  // Freeing also wipes the key schedule.
  deinit { EVP_CIPHER_CTX_free(context) }

  /// - Parameter nonce: 12 bytes, GCM's default length.
  func start(isSealing: Bool, key: SecretKey, nonce: UnsafeRawBufferPointer) -> Bool {
    key.withBytes { key in
      EVP_CipherInit_ex(
        context, EVP_aes_256_gcm(), nil, key.baseAddress?.assumingMemoryBound(to: UInt8.self),
        nonce.baseAddress?.assumingMemoryBound(to: UInt8.self), isSealing ? 1 : 0) == 1
    }
  }

  /// Binds a text to the value without storing it (the associated data).
  func authenticate(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { update(UnsafeRawBufferPointer($0), into: nil) }
  }

  /// - Parameter output: room for as many bytes as the input has.
  func update(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer?) -> Bool {
    guard !input.isEmpty else { return true }
    guard let length = Int32(exactly: input.count) else { return false }
    var written: Int32 = 0
    return EVP_CipherUpdate(
      context, output?.assumingMemoryBound(to: UInt8.self), &written,
      input.baseAddress?.assumingMemoryBound(to: UInt8.self), length) == 1
  }

  /// When opening, also tells whether the tag is right.
  func finish() -> Bool {
    var unused: UInt8 = 0
    var written: Int32 = 0
    return EVP_CipherFinal_ex(context, &unused, &written) == 1
  }

  func getTag(_ tag: UnsafeMutableRawBufferPointer) -> Bool {
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), tag.baseAddress) == 1
  }

  func setTag(_ tag: UnsafeRawBufferPointer) -> Bool {
    EVP_CIPHER_CTX_ctrl(
      context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), UnsafeMutableRawPointer(mutating: tag.baseAddress)) == 1
  }
}

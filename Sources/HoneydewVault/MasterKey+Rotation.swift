internal import Glibc

/// Changing the master key of a database that is in use: the next key lies beside the present one until the database is
/// sealed under it, and then takes its place. Whatever happens in between, one of the two files opens the database.
extension MasterKey {
  /// Where the next key lies.
  public static func next(of path: String) -> String { path + ".next" }

  /// Makes the next key, which is on the disk when this returns, and writes the key that a database of this salt derives
  /// from it to a descriptor. For a helper process: it takes as long as opening a vault.
  public static func makeNext(of path: String, salt: [UInt8], telling descriptor: Int32) throws(VaultError) {
    let next = next(of: path)
    unlink(next)
    try create(next)
    guard let key = try load(next) else {
      throw VaultError(.keyFile, "\(next): the next master key vanished as soon as it was made.")
    }
    let derived = try Argon2id.deriveKey(from: key.secret, salt: salt)
    guard derived.withBytes({ write(descriptor, $0.baseAddress, $0.count) }) == SecretKey.length else {
      throw .keyFile(next, "was derived from, but the result cannot be handed over")
    }
  }

  /// Puts the next key in the place of the present one, at once and for good.
  public static func adoptNext(of path: String) throws(VaultError) {
    guard rename(next(of: path), path) == 0 else { throw .keyFile(path, "cannot be replaced by the next one") }
    try synchronizeDirectory(of: path)
  }

  /// Removes a next key that opens nothing, and one that was only half made.
  public static func discardNext(of path: String) {
    unlink(next(of: path))
    unlink(unfinished(next(of: path)))
  }
}

extension Vault {
  /// A vault under a key that a helper has derived and written to a descriptor.
  ///
  /// - Throws: `library` when it did not.
  public convenience init(readingKeyFrom descriptor: Int32) throws(VaultError) {
    let key = try SecretKey()
    guard key.withBytes({ read(descriptor, $0.baseAddress, $0.count) }) == SecretKey.length else {
      throw VaultError(.library, "The next key was not derived.")
    }
    self.init(key)
  }
}

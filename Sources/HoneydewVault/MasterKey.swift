internal import Glibc

/// The secret of an installation, from which the keys of its databases are derived: 32 random bytes in a file that only
/// its owner may read. Whoever has the file and the database has the tokens, so the two are never backed up together.
public final class MasterKey {
  let secret: SecretKey

  init(_ secret: SecretKey) {
    self.secret = secret
  }

  /// Reads the key's file, or makes one of mode 0600 with a new random key when there is none. A crash at any point
  /// leaves no file or a whole one, and a file that is there is never replaced.
  ///
  /// - Throws: `keyFile` when the file is not a regular one of 32 bytes, belongs to neither this user nor root, or
  ///   others than its owner may do anything with it.
  public static func loadOrCreate(_ path: String) throws(VaultError) -> MasterKey {
    if let key = try load(path) { return key }
    try create(path)
    // Read back, since another process may have been faster.
    guard let key = try load(path) else {
      throw VaultError(.keyFile, "\(path): the master key vanished as soon as it was made.")
    }
    return key
  }

  /// Reads the key's file.
  ///
  /// - Returns: nil when there is no file.
  /// - Throws: as `loadOrCreate`.
  public static func load(_ path: String) throws(VaultError) -> MasterKey? {
    try load(path, isCredential: false)
  }

  /// Reads a systemd credential (systemd.exec(5)): the service manager keeps others away from its directory, and may
  /// admit this user by an access control list, which looks like a group's right to read.
  ///
  /// - Returns: nil when there is no such credential.
  public static func load(credential path: String) throws(VaultError) -> MasterKey? {
    try load(path, isCredential: true)
  }

  private static func load(_ path: String, isCredential: Bool) throws(VaultError) -> MasterKey? {
    // Opening must not wait should the name be a pipe's.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .keyFile(path, "cannot be read")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .keyFile(path, "cannot be read") }
    try check(status, path: path, mayBeReadByGroup: isCredential)
    let secret = try SecretKey()
    guard secret.withBytes({ read(descriptor, $0.baseAddress, $0.count) }) == SecretKey.length else {
      throw .keyFile(path, "cannot be read whole")
    }
    return MasterKey(secret)
  }

  private static func check(_ status: stat, path: String, mayBeReadByGroup: Bool) throws(VaultError) {
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw VaultError(.keyFile, "\(path): the master key must be a regular file.")
    }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw VaultError(
        .keyFile,
        "\(path): the master key belongs to another user (uid \(status.st_uid)), who could replace it. "
          + "If it is the right one, run: chown \(geteuid()) \(path)")
    }
    let mode = status.st_mode & 0o777
    guard mode & (mayBeReadByGroup ? 0o037 : 0o077) == 0 else {
      throw VaultError(
        .keyFile,
        "\(path): others than its owner have access to the master key (mode 0\(String(mode, radix: 8))). "
          + "Run: chmod 600 \(path)")
    }
    guard status.st_size == SecretKey.length else {
      throw VaultError(
        .keyFile,
        "\(path): the master key must have \(SecretKey.length) bytes, and this file has \(status.st_size). Put the "
          + "right file back; without it, move this one away and log in again.")
    }
  }

  /// What a key's file is named until it is whole.
  static func unfinished(_ path: String) -> String { path + ".new" }

  static func create(_ path: String) throws(VaultError) {
    // One fixed name, so that what a crash leaves behind is replaced the next time.
    let temporary = unfinished(path)
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .keyFile(path, "cannot be made") }
    defer { unlink(temporary) }
    do {
      defer { close(descriptor) }
      let secret = try SecretKey.random()
      guard secret.withBytes({ write(descriptor, $0.baseAddress, $0.count) }) == SecretKey.length,
        fsync(descriptor) == 0
      else { throw VaultError.keyFile(path, "cannot be written") }
    }
    // Unlike a rename, a link never takes the place of a key that is there.
    guard link(temporary, path) == 0 || errno == EEXIST else { throw .keyFile(path, "cannot be made") }
    try synchronizeDirectory(of: path)
  }

  /// Puts the new name on the disk: tokens may be sealed with the key a moment later.
  static func synchronizeDirectory(of path: String) throws(VaultError) {
    let directory = path.lastIndex(of: "/").map { path[...$0] } ?? "."
    let descriptor = open(String(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .keyFile(path, "cannot be put on the disk") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .keyFile(path, "cannot be put on the disk") }
  }
}

/// Which files a process may rely on: those that nobody could have changed but its own user and root.
public struct FileTrust: Equatable, Sendable {
  /// What the rule looks at (`stat(2)`).
  public struct Facts: Equatable, Sendable {
    public var uid: UInt32
    public var gid: UInt32
    /// The permission bits.
    public var mode: UInt32
    public var isLink: Bool

    public init(uid: UInt32, gid: UInt32, mode: UInt32, isLink: Bool = false) {
      self.uid = uid
      self.gid = gid
      self.mode = mode
      self.isLink = isLink
    }
  }

  /// Why a file is not to be relied on.
  public enum Problem: Equatable, Sendable {
    /// It belongs to another user.
    case owner(UInt32)
    case writableByGroup(UInt32)
    case writableByOthers
  }

  /// Whose files are relied on.
  public let owners: Set<UInt32>
  /// The group that has this user as its only member.
  public let privateGroup: UInt32?

  /// - Parameters:
  ///   - unmapped: what owners look like that do not exist in this user namespace (user_namespaces(7)); nil where all do.
  ///     Root of the machine is one of them.
  public init(uid: UInt32, privateGroup: UInt32? = nil, unmapped: UInt32? = nil) {
    owners = Set([0, uid] + [unmapped].compactMap { $0 })
    self.privateGroup = privateGroup
  }

  /// What is wrong with a file, or with a directory that leads to it.
  ///
  /// - Parameter isParent: of a directory above the file. Others may write to it where it is sticky: they cannot move what
  ///   is not theirs.
  public func problem(of file: Facts, isParent: Bool) -> Problem? {
    guard owners.contains(file.uid) else { return .owner(file.uid) }
    // The mode of a link means nothing, and who may replace it is a matter of its directory.
    if file.isLink || isParent && file.mode & 0o1000 != 0 { return nil }
    if file.mode & 0o002 != 0 { return .writableByOthers }
    if file.mode & 0o020 != 0, file.gid != 0, file.gid != privateGroup { return .writableByGroup(file.gid) }
    return nil
  }

  /// Whether the server of a socket is to be told secrets: it is of the own user, root, or a user whom the caller trusts,
  /// or it has the directory of the socket, which root alone could have given to it.
  ///
  /// - Parameters:
  ///   - directories: those that lead to the socket, from the root down; the last one holds it.
  public func trusts(server uid: UInt32, directories: [Facts]) -> Bool {
    if owners.contains(uid) { return true }
    guard let last = directories.last, last.uid == uid, last.mode & 0o022 == 0 else { return false }
    return directories.dropLast().allSatisfy { $0.uid == 0 && $0.mode & 0o022 == 0 }
  }
}

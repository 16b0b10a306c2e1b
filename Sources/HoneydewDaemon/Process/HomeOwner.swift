internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewSystem

/// The user who has a home in hand: whom root becomes before it touches anything there, for good.
struct HomeOwner: Equatable {
  let uid: UInt32
  let gid: UInt32

  /// - Parameter user: who has named the home to root, and so has it in hand.
  init?(of home: Home, namedBy user: UInt32?) throws {
    guard geteuid() == 0, let user, user != 0 else {
      try self.init(of: home)
      return
    }
    self.init(uid: user)
  }

  /// - Returns: nil where this process is not root, or root alone has the home and all that leads to it.
  /// - Throws: where it is not to be told who else has it in hand.
  init?(of home: Home) throws {
    guard geteuid() == 0, let found = try TrustedPath.problem(of: home.directory, FileTrust.ofThisProcess()) else {
      return nil
    }
    guard case .owner(let uid) = found.problem else {
      throw StartupError(
        "others may write to \(found.path), so root does nothing there; run: chmod go-w \(ShellWord.word(found.path))",
        exitStatus: EX_CONFIG)
    }
    self.init(uid: uid)
  }

  private init(uid: UInt32) {
    self.uid = uid
    gid = getpwuid(uid)?.pointee.pw_gid ?? uid
  }

  /// Becomes the user, without a way back.
  func become() throws(Errno) {
    try Process.become(uid: uid, gid: gid)
  }
}

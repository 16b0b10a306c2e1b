import Glibc
public import HoneydewCore

extension CommandEnvironment.User {
  /// Who this process is. The list of users has not everybody.
  public static var present: CommandEnvironment.User {
    let uid = geteuid()
    guard let entry = getpwuid(uid) else {
      return CommandEnvironment.User(uid: uid, name: String(uid), home: "/", shell: "")
    }
    return CommandEnvironment.User(
      uid: uid, name: String(cString: entry.pointee.pw_name), home: String(cString: entry.pointee.pw_dir),
      shell: String(cString: entry.pointee.pw_shell))
  }
}

internal import Glibc

/// A user or a group of this machine, to which a role is given.
public struct Account: Equatable, Sendable {
  /// As the configuration names it, without the `@` of a group.
  public let name: String
  /// Its uid or gid.
  public let number: UInt32
  public let isGroup: Bool

  /// - Parameter name: a name, or a number whether or not somebody has it.
  public static func user(_ name: String) -> Account? {
    find(name, isGroup: false) { name, buffer, size in
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      let failure = getpwnam_r(name, &entry, buffer, size, &found)
      return (failure, found == nil ? nil : entry.pw_uid)
    }
  }

  /// The name of a user; nil for a uid that nobody has.
  public static func name(ofUser uid: UInt32) -> String? {
    getpwuid(uid)?.pointee.pw_name.map { String(cString: $0) }
  }

  static func group(_ name: String) -> Account? {
    find(name, isGroup: true) { name, buffer, size in
      var entry = Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      let failure = getgrnam_r(name, &entry, buffer, size, &found)
      return (failure, found == nil ? nil : entry.gr_gid)
    }
  }

  private static func find(
    _ name: String, isGroup: Bool,
    _ look: (String, UnsafeMutablePointer<CChar>, Int) -> (failure: Int32, number: UInt32?)
  ) -> Account? {
    // The last number stands for none at all (chown(2)).
    if let number = UInt32(name) { return number == .max ? nil : Account(name: name, number: number, isGroup: isGroup) }
    guard !name.isEmpty, !name.utf8.contains(0) else { return nil }
    var size = 1024
    while true {
      var buffer = [CChar](repeating: 0, count: size)
      let (failure, number) = look(name, &buffer, size)
      // A group may have many members.
      guard failure == ERANGE, size < 1 << 24 else {
        return number.map { Account(name: name, number: $0, isGroup: isGroup) }
      }
      size *= 4
    }
  }
}

extension SettingFormat where Value == [Account] {
  static var accounts: Self {
    SettingFormat(
      expectation: "users of this machine by name or number, and groups with an @ before them, such as alice or "
        + "[alice, 1001, \"@ops\"]"
    ) { scalar, _ in
      var accounts: [Account] = []
      for name in scalar.items {
        let account = name.hasPrefix("@") ? Account.group(String(name.dropFirst())) : Account.user(name)
        guard let account else { return nil }
        accounts.append(account)
      }
      return accounts
    } text: {
      $0.map { $0.isGroup ? "@\($0.name)" : $0.name }.joined(separator: ", ")
    }
  }
}

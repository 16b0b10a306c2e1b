internal import Glibc

/// A user or a group of this machine.
public struct Account: Equatable, Sendable {
  /// As the configuration names it.
  public let name: String
  /// Its uid or gid.
  public let number: UInt32

  /// - Parameter name: a name, or a number whether or not somebody has it.
  static func user(_ name: String) -> Account? {
    find(name) { name, buffer, size in
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      let failure = getpwnam_r(name, &entry, buffer, size, &found)
      return (failure, found == nil ? nil : entry.pw_uid)
    }
  }

  static func group(_ name: String) -> Account? {
    find(name) { name, buffer, size in
      var entry = Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      let failure = getgrnam_r(name, &entry, buffer, size, &found)
      return (failure, found == nil ? nil : entry.gr_gid)
    }
  }

  private static func find(
    _ name: String, _ look: (String, UnsafeMutablePointer<CChar>, Int) -> (failure: Int32, number: UInt32?)
  ) -> Account? {
    // The last number stands for none at all (chown(2)).
    if let number = UInt32(name) { return number == .max ? nil : Account(name: name, number: number) }
    guard !name.isEmpty, !name.utf8.contains(0) else { return nil }
    var size = 1024
    while true {
      var buffer = [CChar](repeating: 0, count: size)
      let (failure, number) = look(name, &buffer, size)
      // A group may have many members.
      guard failure == ERANGE, size < 1 << 24 else { return number.map { Account(name: name, number: $0) } }
      size *= 4
    }
  }
}

extension SettingFormat where Value == [Account] {
  static var users: Self {
    accounts("users of this machine by name or number, such as alice or [alice, 1001]", Account.user)
  }

  static var groups: Self {
    accounts("groups of this machine by name or number, such as ops or [ops, 1001]", Account.group)
  }

  private static func accounts(_ expectation: String, _ find: @escaping @Sendable (String) -> Account?) -> Self {
    SettingFormat(expectation: expectation) { scalar, _ in
      var accounts: [Account] = []
      for name in scalar.items {
        guard let account = find(name) else { return nil }
        accounts.append(account)
      }
      return accounts
    } text: {
      $0.map(\.name).joined(separator: ", ")
    }
  }
}

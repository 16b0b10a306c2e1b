internal import HoneydewConfig
internal import HoneydewText

/// The users of jobs: uids for programs, names for people.
enum UserName {
  /// The user's name, or the uid of a user that this machine does not know.
  static func text(of uid: UInt32) -> String { Account.name(ofUser: uid) ?? String(uid) }

  /// The uid that `--submitted-by` means.
  static func uid(_ arguments: ParsedArguments) throws(Failure) -> UInt32? {
    guard let name = arguments.text(.submittedBy) else { return nil }
    guard let account = Account.user(name) else {
      throw .usage("--submitted-by: there is no user \"\(name)\" on this machine; a uid will do")
    }
    return account.number
  }
}

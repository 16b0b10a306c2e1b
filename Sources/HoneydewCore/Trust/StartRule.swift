/// Whether a command may start the daemon of a home by itself: only in what belongs to its user.
public enum StartRule {
  /// Why it may not: the home is this other user's, or would be made where only that user can vouch for it.
  ///
  /// - Parameters:
  ///   - user: who would start it.
  ///   - home: whose the home is; nil while there is none.
  ///   - parent: whose the directory is in which it would be made then.
  /// - Returns: the other user; nil where the start is the user's own business.
  public static func foreigner(user: UInt32, home: UInt32?, parent: UInt32) -> UInt32? {
    if let home { return home == user ? nil : home }
    return parent == user || parent == 0 ? nil : parent
  }
}

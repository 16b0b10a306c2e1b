/// The one legal form of the name that the file of a long result has: `ID.ATTEMPT`. No name of another form is ever
/// opened or removed, whatever the database says.
public enum ResultFileName {
  public static func name(id: String, attempt: Int32) -> String { "\(id).\(attempt)" }

  /// Whether the name is of an attempt of this job.
  public static func isLegal(_ name: String, of id: String) -> Bool {
    isLegal(name) && name.hasPrefix(id + ".")
  }

  /// Whether the name is of an attempt of any job.
  public static func isLegal(_ name: String) -> Bool {
    let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 2 && (1...64).contains(parts[0].count) && parts[0].allSatisfy(isOfID)
      && (1...10).contains(parts[1].count)
      && parts[1].allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  private static func isOfID(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

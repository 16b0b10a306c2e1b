/// The names of the files with what local commands have written.
public enum OutputFileName {
  /// So many attempts of a job have their outputs kept, the latest ones.
  public static let keptAttempts: Int32 = 20

  /// The attempts whose outputs there may be, of a job with so many.
  public static func kept(of attempts: Int32) -> ClosedRange<Int32> {
    max(1, attempts - keptAttempts + 1)...max(1, attempts)
  }

  /// Of an attempt's file.
  public static func name(of job: String, attempt: Int32) -> String { "\(job).\(attempt)" }

  /// Of the file before one, when the output was too long for one.
  public static func older(than name: String) -> String { name + ".old" }

  /// The id of the job that a file belongs to; nil for a file with another name.
  public static func job(of name: String) -> String? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3 && parts[2] == "old", parts[0].utf8.count == Job.idLength,
      Int32(parts[1]) != nil
    else { return nil }
    return String(parts[0])
  }
}

/// What came of a request to the process that copies the log back into the database.
public enum LogCopyAnswer: Equatable, Sendable {
  /// So many frames are in the database now, of so many that the log had when the copy began.
  case copied(Int, of: Int)
  /// The log is restarted, its header is on the disk, and it holds so many frames. All that was committed before is in
  /// the database and on the disk.
  case restarted(frames: Int)
  /// Another program reads what is in the log, so that it cannot be restarted.
  case held
  /// It could not be done, for instance since the disk is full; nothing is lost.
  case failed(String)
  /// A sync failed: what was committed may not be on the disk though later syncs succeed. The store must go down.
  case syncFailed(String)
  /// A page is not what it must be. Nothing more may be written, and the store must go down.
  case damaged(String)
}

// One line of text between the two processes.
extension LogCopyAnswer {
  public init?(line: String) {
    let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let rest = words.count == 2 ? words[1] : ""
    let numbers = rest.split(separator: " ").map { Int($0) }
    switch (words.first, numbers.count) {
    case ("copied", 2):
      guard let copied = numbers[0], let total = numbers[1] else { return nil }
      self = .copied(copied, of: total)
    case ("restarted", 1):
      guard let frames = numbers[0] else { return nil }
      self = .restarted(frames: frames)
    case ("held", 0): self = .held
    case ("failed", _): self = .failed(rest)
    case ("sync-failed", _): self = .syncFailed(rest)
    case ("damaged", _): self = .damaged(rest)
    default: return nil
    }
  }

  /// Without the newline that ends it.
  public var line: String {
    switch self {
    case .copied(let copied, let total): "copied \(copied) \(total)"
    case .restarted(let frames): "restarted \(frames)"
    case .held: "held"
    case .failed(let text): "failed \(Self.inOneLine(text))"
    case .syncFailed(let text): "sync-failed \(Self.inOneLine(text))"
    case .damaged(let text): "damaged \(Self.inOneLine(text))"
    }
  }

  private static func inOneLine(_ text: String) -> String {
    text.split(separator: "\n").joined(separator: " ")
  }
}

/// Why a configuration cannot be used: everything that is wrong with it, a line of text each.
public struct ConfigError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One thing that is wrong.
  public struct Problem: Error, Equatable, Sendable {
    /// Where it is, when it is not in the file: the name of a variable or an option.
    public var source: String?
    /// Counts from 1; nil where the problem has no place.
    public var line: Int?
    /// The full name, such as `queue.workers`; nil where no key is concerned.
    public var key: String?
    /// Never holds a value from the file, which may be a secret in the wrong place.
    public var reason: String
  }

  /// The file, as it was named; nil when no file is concerned.
  public var file: String?
  /// At least one, in the order of the lines.
  public var problems: [Problem]

  init(file: String?, problems: [Problem]) {
    self.file = file
    self.problems = problems
  }

  init(file: String? = nil, _ reason: String) {
    self.init(file: file, problems: [Problem(line: nil, key: nil, reason: reason)])
  }

  /// `FILE:LINE: KEY: REASON`, a line for each problem.
  public var description: String {
    problems.map { problem in
      let place = [problem.source ?? file, problem.line.map(String.init)].compactMap(\.self).joined(separator: ":")
      return [place, problem.key ?? "", problem.reason].filter { !$0.isEmpty }.joined(separator: ": ")
    }.joined(separator: "\n")
  }
}

/// Where a command's program is looked for, as execvp(3) does it, with the PATH of the command's own environment.
public enum ProgramSearch {
  /// What a process without a PATH searches (`_CS_PATH` in confstr(3)).
  private static let standardPath = "/bin:/usr/bin"

  /// The paths that are tried, in order; relative ones are meant in the command's directory.
  ///
  /// - Parameter environment: the command's.
  public static func candidates(for program: String, environment: [String]) -> [String] {
    guard !program.utf8.contains(UInt8(ascii: "/")) else { return [program] }
    let path = environment.first { $0.hasPrefix("PATH=") }?.dropFirst("PATH=".count) ?? standardPath[...]
    return path.split(separator: ":", omittingEmptySubsequences: false).map { directory in
      if directory.isEmpty { return program }
      return directory.hasSuffix("/") ? "\(directory)\(program)" : "\(directory)/\(program)"
    }
  }
}

internal import Glibc
internal import HoneydewCore

/// The file of a program, as the worker will find it.
enum ProgramFile: Equatable {
  case found(String)
  case notFound
  /// The first file of the name that cannot be executed, with `errno`.
  case notExecutable(String, Int32)

  /// - Parameters:
  ///   - environment: the program's, whose PATH counts.
  ///   - directory: what is relative is relative to it.
  static func find(_ name: String, environment: [String], in directory: String) -> ProgramFile {
    var refused: ProgramFile?
    for path in ProgramSearch.candidates(for: name, environment: environment) {
      switch check(path.hasPrefix("/") ? path : "\(directory)/\(path)") {
      case .found(let file): return .found(file)
      case let outcome: refused = refused ?? outcome
      }
    }
    return refused ?? .notFound
  }

  /// Nil where there is no file.
  private static func check(_ file: String) -> ProgramFile? {
    var status = stat()
    guard stat(file, &status) == 0 else {
      return errno == ENOENT || errno == ENOTDIR ? nil : .notExecutable(file, errno)
    }
    guard status.st_mode & S_IFMT != S_IFDIR else { return .notExecutable(file, EISDIR) }
    // By the effective ids, as execve(2) looks at it.
    return faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0 ? .found(file) : .notExecutable(file, errno)
  }
}

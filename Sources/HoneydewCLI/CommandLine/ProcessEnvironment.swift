internal import Glibc

/// The environment that the process was started in, and the file system.
struct ProcessEnvironment {
  let variables: [String: String]

  init() {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      entry += 1
    }
    self.variables = variables
  }

  /// The variables in their order as a program can be given them, and the names of those that are no UTF-8.
  var texts: (members: [(name: String, value: String)], unreadable: [String]) {
    var members: [(name: String, value: String)] = []
    var unreadable: [String] = []
    var entry = environ
    while let bytes = entry.pointee {
      entry += 1
      guard let text = String(validatingCString: bytes) else {
        unreadable.append(String(String(cString: bytes).prefix { $0 != "=" }))
        continue
      }
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      // Of two of a name, programs see the first.
      guard parts.count == 2, !parts[0].isEmpty, !members.contains(where: { $0.name == parts[0] }) else { continue }
      members.append((parts[0], parts[1]))
    }
    return (members, unreadable)
  }

  /// `HOME`, else what the user database says; nil where neither knows.
  var homeDirectory: String? {
    if let home = variables["HOME"], !home.isEmpty { return home }
    guard let record = getpwuid(getuid()), let directory = record.pointee.pw_dir else { return nil }
    return String(cString: directory)
  }

  func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The absolute path of a file that is to be made in a directory that is there.
  func absolutePath(ofNewFile path: String) throws(Failure) -> String {
    guard path != "-" else {
      throw .usage(
        "- stands for standard output, which cannot be read again and checked; give a file's name (./- for this one)")
    }
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    guard !name.isEmpty, let resolved = realpath(directory, nil) else {
      throw Failure(
        .failed, "cannot write \(path): \(name.isEmpty ? "it names no file" : String(cString: strerror(errno)))")
    }
    defer { free(resolved) }
    let parent = String(cString: resolved)
    return parent == "/" ? "/\(name)" : "\(parent)/\(name)"
  }

  /// The absolute path of a file that this user can read, for a daemon whose working directory is another.
  func absolutePath(ofReadableFile path: String) throws(Failure) -> String {
    guard access(path, R_OK) == 0, let resolved = realpath(path, nil) else {
      throw Failure(.failed, "cannot read \(path): \(String(cString: strerror(errno)))")
    }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

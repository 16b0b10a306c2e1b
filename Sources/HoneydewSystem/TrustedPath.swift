import Glibc
public import HoneydewCore

/// Looks at files with the eyes of `FileTrust`.
public enum TrustedPath {
  /// What keeps a file from being relied on: itself, a directory or link that leads to it, or of one that is not there
  /// yet its directory. nil when nothing does.
  public static func problem(
    of path: String, _ trust: FileTrust
  ) throws(Errno) -> (path: String, problem: FileTrust.Problem)? {
    var path = path
    while try facts(path) == nil, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      path = String(path[..<slash])
    }
    let real = try Files.realPath(path)
    // Who could change a link on the way could change what is found at its end.
    for place in [path, real] {
      let steps = steps(to: place)
      for step in steps {
        guard let facts = try facts(step), let problem = trust.problem(of: facts, isParent: step != steps.last) else {
          continue
        }
        // A link as the last step is judged by what it leads to, which the second round does.
        return (step, problem)
      }
    }
    return nil
  }

  /// The directories that lead to a file, from the root down, without links.
  public static func directories(to path: String) throws(Errno) -> [FileTrust.Facts] {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let directory = try Files.realPath(
      slash == path.startIndex ? (path.hasPrefix("/") ? "/" : ".") : String(path[..<slash]))
    var found: [FileTrust.Facts] = []
    for step in steps(to: directory) {
      guard let facts = try facts(step) else { throw Errno(ENOENT, call: "lstat", detail: step) }
      found.append(facts)
    }
    return found
  }

  /// `/`, `/a`, `/a/b`.
  private static func steps(to path: String) -> [String] {
    var steps = ["/"]
    for part in path.split(separator: "/") {
      steps.append((steps.count == 1 ? "" : steps[steps.count - 1]) + "/" + part)
    }
    return steps
  }

  private static func facts(_ path: String) throws(Errno) -> FileTrust.Facts? {
    let path = try Files.checked(path, call: "lstat")
    var status = stat()
    do {
      try systemCall("lstat", detail: path) { lstat(path, &status) }
    } catch {
      guard error.number == ENOENT else { throw error }
      return nil
    }
    return FileTrust.Facts(
      uid: status.st_uid, gid: status.st_gid, mode: status.st_mode & 0o7777, isLink: status.st_mode & S_IFMT == S_IFLNK)
  }
}

extension FileTrust {
  /// That of this process's user.
  public static func ofThisProcess() -> FileTrust {
    let uid = geteuid()
    return FileTrust(uid: uid, privateGroup: privateGroup(of: uid), unmapped: unmappedUser())
  }

  /// The group of a user that has the user's name and no other member, as many systems make one for each.
  private static func privateGroup(of uid: UInt32) -> UInt32? {
    guard let user = getpwuid(uid)?.pointee, let name = user.pw_name.map({ String(cString: $0) }) else { return nil }
    guard let group = getgrgid(user.pw_gid)?.pointee, group.gr_name.map({ String(cString: $0) }) == name else {
      return nil
    }
    var member = group.gr_mem
    while let text = member?.pointee {
      guard String(cString: text) == name else { return nil }
      member = member?.advanced(by: 1)
    }
    return user.pw_gid
  }

  /// Where not all users of the machine exist, the others look like one (proc_sys_kernel(5), overflowuid).
  private static func unmappedUser() -> UInt32? {
    guard let map = try? Files.read("/proc/self/uid_map", limit: 4096) else { return nil }
    let fields = String(decoding: map, as: UTF8.self).split { " \n\t".contains($0) }
    guard fields != ["0", "0", "4294967295"] else { return nil }
    return (try? Files.read("/proc/sys/kernel/overflowuid", limit: 64)).flatMap { text in
      UInt32(String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
  }
}

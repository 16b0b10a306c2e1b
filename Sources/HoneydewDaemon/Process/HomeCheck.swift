internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewSystem

/// Refuses to start where others could change what the daemon runs on, as sshd's StrictModes does.
enum HomeCheck {
  /// Of what the configuration is found by, before it is read.
  static func check(_ home: Home) throws {
    try check([home.directory, home.configuration])
  }

  /// Of what the configuration names.
  static func check(_ home: Home, _ configuration: Configuration) throws {
    let settings = configuration.settings
    try check([configuration.file, settings.storage.databasePath, home.masterKey, try workerPath(settings)])
  }

  /// Refuses a socket's path that the kernel would not take, before anything is made.
  static func check(socket path: String) throws {
    guard path.utf8.count > UnixSocket.longestPath else { return }
    throw StartupError(
      "\(path) has \(path.utf8.count) bytes, and a socket's path has at most \(UnixSocket.longestPath); choose a shorter home "
        + "or instance's name, or set daemon.socket_path", exitStatus: EX_CONFIG)
  }

  static func check(_ paths: [String]) throws {
    let trust = FileTrust.ofThisProcess()
    for path in paths {
      guard let (place, problem) = try TrustedPath.problem(of: path, trust) else { continue }
      let word = ShellWord.word(place)
      let text =
        switch problem {
        case .owner(let uid):
          "\(place) belongs to another user (uid \(uid)), who could replace what this daemon (uid \(geteuid())) runs on; "
            + "if it is this daemon's, run: chown \(geteuid()) \(word)"
        case .writableByGroup(let gid):
          "the members of group \(gid) may write to \(place), on which this daemon runs; run: chmod g-w \(word)"
        case .writableByOthers:
          "everybody may write to \(place), on which this daemon runs; run: chmod o-w \(word)"
        }
      throw StartupError(text, exitStatus: EX_CONFIG)
    }
  }
}

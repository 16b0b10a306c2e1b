internal import Glibc
internal import HoneydewCore

/// The directory where a daemon keeps its things, and their places in it.
public struct Home: Equatable, Sendable {
  /// Absolute, without a slash at the end.
  public let directory: String
  /// What `~` stands for in the configuration.
  private let userDirectory: String?

  /// - Parameter directory: as named on the command line; nil is `$HONEYDEW_HOME`, else `~/.honeydew`.
  public init(_ directory: String?) throws(ConfigError) {
    try self.init(
      directory, variable: { name in getenv(name).map { String(cString: $0) } },
      accountDirectory: { getpwuid(geteuid())?.pointee.pw_dir.map { String(cString: $0) } },
      workingDirectory: {
        guard let path = getcwd(nil, 0) else { return nil }
        defer { free(path) }
        return String(cString: path)
      })
  }

  /// - Parameters:
  ///   - variable: an environment variable.
  ///   - accountDirectory: the home directory of this process's user, as the account database has it.
  ///   - workingDirectory: what relative paths are relative to.
  init(
    _ directory: String?, variable: (String) -> String?, accountDirectory: () -> String?,
    workingDirectory: () -> String?
  ) throws(ConfigError) {
    let home = variable("HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? accountDirectory()
    userDirectory = home.map(Self.trimmed)
    let named = directory ?? variable("HONEYDEW_HOME").flatMap { $0.isEmpty ? nil : $0 }
    if let named {
      guard !named.isEmpty else { throw ConfigError("The home directory's name is empty.") }
      guard named.hasPrefix("/") || workingDirectory() != nil else {
        throw ConfigError("\(named): the working directory is gone; name the home by an absolute path.")
      }
      let absolute = named.hasPrefix("/") ? named : workingDirectory()! + "/" + named
      self.directory = Self.trimmed(absolute)
    } else if let userDirectory {
      self.directory = userDirectory + "/.honeydew"
    } else {
      throw ConfigError("This user has no home directory: set HONEYDEW_HOME to the daemon's directory.")
    }
  }

  /// The home of an instance in this one, which has all that a home has.
  /// - Parameter name: a legal one (`InstanceName`).
  public func instance(_ name: String) -> Home {
    Home(directory: InstanceName.home(name, in: directory), userDirectory: userDirectory)
  }

  private init(directory: String, userDirectory: String?) {
    self.directory = directory
    self.userDirectory = userDirectory
  }

  /// The options that name its daemon, as they go behind a program's name; empty for the usual one.
  public var options: String {
    if isUsual { return "" }
    if let userDirectory, let slash = directory.lastIndex(of: "/") {
      let name = String(directory[directory.index(after: slash)...])
      let isUsuals = directory == InstanceName.home(name, in: userDirectory + "/.honeydew")
      if isUsuals, InstanceName.isLegal(name) { return "--instance \(name) " }
    }
    return "--home \(ShellWord.word(directory)) "
  }

  /// Whether it is the one that is meant where none is named: `~/.honeydew`.
  public var isUsual: Bool { userDirectory.map { directory == $0 + "/.honeydew" } ?? false }

  private var isSystem: Bool { directory == SystemPlaces.home }

  public var configuration: String { (isSystem ? SystemPlaces.configuration : directory) + "/config.yaml" }
  public var socket: String { (isSystem ? SystemPlaces.run : directory) + "/daemon.sock" }
  public var pidFile: String { (isSystem ? SystemPlaces.run : directory) + "/daemon.pid" }
  /// Whoever has this file locked is the home's only daemon.
  public var lock: String { directory + "/daemon.lock" }
  public var database: String { directory + "/daemon.db" }
  public var log: String { (isSystem ? SystemPlaces.log : directory) + "/daemon.log" }
  public var masterKey: String { directory + "/master.key" }
  /// Directory of what local commands have written.
  public var output: String { directory + "/output" }
  /// Directory of results that are too long for the database.
  public var results: String { directory + "/results" }

  /// An absolute path as it is, and one that begins with `~/` below the user's directory; nil for any other.
  func expand(_ path: String) -> String? {
    if path.hasPrefix("/") { return path }
    guard path.hasPrefix("~/"), let userDirectory else { return nil }
    return userDirectory + path.dropFirst()
  }

  private static func trimmed(_ path: String) -> String {
    var path = path
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}

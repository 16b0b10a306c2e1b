internal import Glibc

/// The settings, and where each has come from: command line, environment, file or default, the first that says
/// something.
public struct Configuration: Equatable, Sendable {
  /// Where a setting has come from.
  public enum Origin: Equatable, Sendable {
    case standard
    /// The line counts from 1.
    case file(line: Int)
    /// The name of a variable.
    case environment(String)
    case commandLine
  }

  public internal(set) var settings: Settings
  /// By the names of the keys; those that are not there are defaults.
  public internal(set) var origins: [String: Origin] = [:]
  /// The file that was read, or would have been.
  public let file: String

  public func origin(of key: SettingKey) -> Origin { origins[key.name] ?? .standard }

  /// No configuration is this long, in bytes.
  private static let lengthLimit = 1 << 20

  /// Reads the configuration.
  ///
  /// - Parameters:
  ///   - path: as named by the user, and then it has to be there; nil is `HONEYDEW_CONFIG`, else the home's file, which
  ///     may be missing.
  ///   - variables: the environment: `HONEYDEW_QUEUE_WORKERS` is `queue.workers`. An empty one says nothing.
  ///   - assignments: of the command line, such as `queue.workers=8`.
  /// - Throws: everything that is wrong with them.
  public static func load(
    path: String? = nil, home: Home, variables: [String: String] = [:], assignments: [String] = []
  ) throws(ConfigError) -> Configuration {
    let named = path ?? variables["HONEYDEW_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    let file = named ?? home.configuration
    let bytes = try contents(of: file, mayBeMissing: named == nil)
    return try parse(bytes ?? [], file: file, home: home, variables: variables, assignments: assignments)
  }

  /// The environment of this process.
  public static var processVariables: [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2, variables[String(parts[0])] == nil { variables[String(parts[0])] = String(parts[1]) }
      entry += 1
    }
    return variables
  }

  /// - Parameter file: the name that errors tell.
  static func parse(
    _ bytes: [UInt8], file: String, home: Home, variables: [String: String] = [:], assignments: [String] = []
  ) throws(ConfigError) -> Configuration {
    let root: YAMLNode?
    do throws(ConfigError.Problem) {
      root = try YAMLReader.read(bytes)
    } catch {
      throw ConfigError(file: file, problems: [error])
    }
    var reader = SettingsReader(home: home)
    if let root { reader.read(root) }
    reader.read(variables: variables)
    for assignment in assignments { reader.read(assignment: assignment) }
    guard reader.problems.isEmpty else { throw ConfigError(file: file, problems: reader.problems) }
    return Configuration(settings: reader.settings, origins: reader.origins, file: file)
  }

  private static func contents(of file: String, mayBeMissing: Bool) throws(ConfigError) -> [UInt8]? {
    // A pipe in the place of the home's own file, which somebody else may have put there, is not waited for.
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | (mayBeMissing ? O_NONBLOCK : 0))
    guard descriptor >= 0 else {
      if errno == ENOENT && mayBeMissing { return nil }
      throw ConfigError(file: file, "the configuration cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16384)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      guard count >= 0 else {
        throw ConfigError(file: file, "the configuration cannot be read: \(String(cString: strerror(errno)))")
      }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= lengthLimit else {
        throw ConfigError(file: file, "this is no configuration: it has more than \(lengthLimit) bytes")
      }
    }
  }
}

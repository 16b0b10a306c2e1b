internal import Glibc

extension Settings {
  /// No configuration is this long, in bytes.
  private static let lengthLimit = 1 << 20

  /// Reads the configuration.
  ///
  /// - Parameter path: as named by the user, and then it has to be there; nil is the home's file, which may be missing.
  /// - Throws: everything that is wrong with the file.
  public static func load(path: String?, home: Home) throws(ConfigError) -> Settings {
    let file = path ?? home.configuration
    guard let bytes = try contents(of: file, mayBeMissing: path == nil) else { return Settings(home: home) }
    return try parse(bytes, file: file, home: home)
  }

  /// - Parameter file: the name to blame.
  static func parse(_ bytes: [UInt8], file: String, home: Home) throws(ConfigError) -> Settings {
    let root: YAMLNode?
    do throws(ConfigError.Problem) {
      root = try YAMLReader.read(bytes)
    } catch {
      throw ConfigError(file: file, problems: [error])
    }
    var reader = SettingsReader(home: home)
    if let root { reader.read(root) }
    guard reader.problems.isEmpty else { throw ConfigError(file: file, problems: reader.problems) }
    return reader.settings
  }

  private static func contents(of file: String, mayBeMissing: Bool) throws(ConfigError) -> [UInt8]? {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
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

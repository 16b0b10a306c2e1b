internal import Glibc

/// The host's time zones: the files of tzdata, and the one that the host's clocks show.
public struct ZoneDatabase: Sendable {
  /// Why there is no such zone, as a sentence.
  public struct Failure: Error, Equatable, Sendable {
    public let text: String

    public init(text: String) {
      self.text = text
    }
  }

  private let directory: String
  private let hostFile: String
  private let variable: String?

  /// - Parameters:
  ///   - directory: where the zones' files are.
  ///   - hostFile: the zone of the host's clocks.
  ///   - variable: the variable `TZ`, which takes the host's place (tzset(3)).
  public init(directory: String, hostFile: String = "/etc/localtime", variable: String?) {
    self.directory = directory
    self.hostFile = hostFile
    self.variable = variable
  }

  /// That of this process's environment.
  public static func fromEnvironment() -> ZoneDatabase {
    let variable = { (name: String) in getenv(name).map { String(cString: $0) } }
    return ZoneDatabase(directory: variable("TZDIR") ?? "/usr/share/zoneinfo", variable: variable("TZ"))
  }

  /// The zone of this name, such as `Europe/Berlin`.
  public func zone(named name: String) throws(Failure) -> ZoneFile {
    guard isName(name), let file = try read("\(directory)/\(name)") else {
      throw Failure(text: "there is no time zone \"\(name)\"; they are named as in Europe/Berlin or UTC")
    }
    return file
  }

  /// What the host's clocks show: the name of a zone, or the rule or file that stands for it.
  public var hostName: String {
    if let variable {
      return variable.isEmpty ? "UTC" : variable.hasPrefix(":") ? String(variable.dropFirst()) : variable
    }
    let path = (try? Files.realPath(hostFile)) ?? Self.target(of: hostFile) ?? ""
    guard let root = try? Files.realPath(directory), path.hasPrefix(root + "/") else {
      return path.isEmpty ? "UTC" : path
    }
    return String(path.dropFirst(root.utf8.count + 1))
  }

  /// The zone of the host's clocks; UTC where none is set up.
  public func hostZone() throws(Failure) -> ZoneFile {
    guard variable != nil else {
      if let file = try read(hostFile) { return file }
      return try withoutHostFile()
    }
    let name = hostName
    if name.hasPrefix("/") {
      guard let file = try read(name) else { throw Failure(text: "TZ names the file \(name), which is missing") }
      return file
    }
    if isName(name), let file = try read("\(directory)/\(name)") { return file }
    return ZoneFile(footer: name)
  }

  /// No file is UTC (localtime(5)). A link that leads nowhere is a zone that is missing, as after an upgrade that has moved it
  /// to another package.
  private func withoutHostFile() throws(Failure) -> ZoneFile {
    var status = stat()
    guard lstat(hostFile, &status) == 0, !["UTC", "Etc/UTC"].contains(hostName) else { return ZoneFile(footer: "UTC0") }
    guard let target = Self.target(of: hostFile) else { throw Failure(text: "\(hostFile) is no file of a time zone") }
    throw Failure(text: "\(hostFile) leads to \(target), and there is no time zone")
  }

  private static func target(of link: String) -> String? {
    var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(link, &target, target.count)
    return count > 0 ? String(decoding: target[..<count], as: UTF8.self) : nil
  }

  /// Where the file of a zone is or would be, to be watched; nil for a name that is none.
  ///
  /// - Parameter name: nil is the host's zone.
  public func path(of name: String?) -> String? {
    guard let name = name ?? (variable == nil ? nil : hostName) else { return hostFile }
    return name.hasPrefix("/") ? name : isName(name) ? "\(directory)/\(name)" : nil
  }

  /// Tells one state of a zone's file from another without reading it: another file, another content, another name of the
  /// host's zone.
  ///
  /// - Parameter name: nil is the host's zone.
  public func mark(of name: String?) -> String {
    let status = path(of: name).flatMap { try? Files.status($0) }
    let file = status.map { "\($0.identity) \($0.changed) \($0.size)" } ?? "none"
    return name == nil ? "\(file) \(hostName)" : file
  }

  /// A name that stays in the directory.
  private func isName(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = name.utf8.allSatisfy { byte in
      let character = Character(UnicodeScalar(byte))
      return character.isASCII && (character.isLetter || character.isNumber || "._+-/".contains(character))
    }
    return name.utf8.count <= 100 && isPlain && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") }
  }

  /// The zone in a file; nil when there is none.
  private func read(_ path: String) throws(Failure) -> ZoneFile? {
    let bytes: [UInt8]
    do {
      guard try Files.status(path)?.kind == .file else { return nil }
      bytes = try Files.read(path, limit: 1 << 20)
    } catch {
      guard error.number != ENOTDIR else { return nil }
      throw Failure(text: "the time zone's file cannot be read: \(error)")
    }
    do {
      return try ZoneFile(bytes)
    } catch {
      throw Failure(text: "\(path) is no time zone: \(error.text)")
    }
  }
}

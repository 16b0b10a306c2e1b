/// What a client may do, by role. A client with several has what any of them gives.
public struct Roles: OptionSet, Equatable, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// Everything.
  public static let admin = Roles(rawValue: 1)
  /// To submit jobs, and what is to be done with one's own.
  public static let submit = Roles(rawValue: 2)
  /// To look, at everything but what jobs say: payloads, results and keys.
  public static let view = Roles(rawValue: 4)
}

extension Roles: CustomStringConvertible {
  /// Their names in the configuration.
  public var description: String {
    var names: [String] = []
    if contains(.admin) { names.append("admin") }
    if contains(.submit) { names.append("submit") }
    if contains(.view) { names.append("view") }
    return names.isEmpty ? "none" : names.joined(separator: ", ")
  }
}

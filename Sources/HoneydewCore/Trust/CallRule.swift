/// Who may make a call of the service, as its contract says.
public struct CallRule: Equatable, Sendable {
  /// The call's name, such as `CancelJob`.
  public let name: String
  /// Any of these roles is enough.
  public let roles: Roles
  /// Whether it changes something, and so leaves a line in the log.
  public let isChange: Bool

  public init(_ name: String, roles: Roles, isChange: Bool) {
    self.name = name
    self.roles = roles
    self.isChange = isChange
  }

  /// - Throws: which role is missing, and where it is given.
  public func admit(_ roles: Roles) throws(Refusal) {
    guard self.roles.isDisjoint(with: roles) else { return }
    let needed = self.roles.subtracting(.admin).isEmpty ? self.roles : self.roles.subtracting(.admin)
    throw .roleMissing(for: name, needed: needed, has: roles)
  }
}

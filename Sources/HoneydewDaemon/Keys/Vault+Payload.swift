internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewVault

/// Secret arguments within payloads that are stored: a string of hexadecimal digits stands in the place of each.
extension Vault {
  /// The payload with its secret arguments sealed; one without any stays as it is, byte for byte.
  ///
  /// - Parameters:
  ///   - payload: JSON text that has been checked against the command.
  ///   - row: the only place in which it opens again, such as `jobs/ID`.
  func seal(payload: [UInt8], of command: Command, row: String) throws(VaultError) -> [UInt8] {
    guard command.hasSecrets, let value = try? JSONValue(parsing: payload) else { return payload }
    let sealed = try command.replacingSecrets(in: value) { value, place throws(VaultError) in
      .string(try seal(value.serialized, context: Self.context(row, place)).hexadecimal)
    }
    return sealed.serialized
  }

  /// The payload as it was before `seal`.
  ///
  /// - Throws: `notAuthentic` when it was sealed for another row or under another key.
  func open(payload: [UInt8], of command: Command, row: String) throws(VaultError) -> [UInt8] {
    guard command.hasSecrets, let value = try? JSONValue(parsing: payload) else { return payload }
    let opened = try command.replacingSecrets(in: value) { value, place throws(VaultError) in
      let sealed = value.string.flatMap { [UInt8](hexadecimal: $0) } ?? []
      let text = try open(sealed, context: Self.context(row, place))
      return (try? JSONValue(parsing: text)) ?? .null
    }
    return opened.serialized
  }

  private static func context(_ row: String, _ place: String) -> String { "\(row)/payload/\(place)" }
}

extension Job {
  /// What its sealed arguments are bound to.
  static func row(id: String) -> String { "jobs/\(id)" }
}

internal import HoneydewJSON

/// Labels as the column of a job's row holds them: a JSON object of texts with its names in order, nil for none.
func labelText(_ labels: [String: String]) -> String? {
  guard !labels.isEmpty else { return nil }
  let members = labels.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, .string($0.value)) }
  return String(decoding: JSONValue.object(members).serialized, as: UTF8.self)
}

extension Statement {
  /// Reads what `labelText` wrote.
  func labels(_ column: Int32) throws(StoreError) -> [String: String] {
    guard !isNull(column) else { return [:] }
    guard let members = (try? JSONValue(parsing: text(column)))?.members else { throw unreadable(column) }
    var labels: [String: String] = [:]
    for member in members {
      guard let value = member.value.string else { throw unreadable(column) }
      labels[member.key] = value
    }
    return labels
  }
}

public import HoneydewJSON

/// The payload of `api.query`: a GraphQL document and what belongs to it.
public struct DocumentCall: Equatable, Sendable {
  public let document: String
  public let plan: DocumentPlan
  /// A JSON object.
  public let variables: JSONValue

  /// - Parameter payload: has the command's arguments, each of its type.
  public init(payload: JSONValue) throws(PayloadError) {
    document = payload["query"]?.string ?? ""
    do throws(DocumentError) {
      plan = try DocumentPlan(
        document, operation: payload["operationName"]?.string, paginates: payload["paginate"]?.bool ?? false)
    } catch {
      throw PayloadError("query", "query:\(error)")
    }
    variables = payload["variables"].flatMap { $0.isNull ? nil : $0 } ?? .object([])
    let (known, given) = (plan.variables, variables.members ?? [])
    let isKnown = { (key: String) in known.contains { $0.name.utf8.elementsEqual(key.utf8) } }
    if let stray = given.first(where: { !isKnown($0.key) }) {
      throw PayloadError.unknown(stray.key, under: "variables.", of: "the operation", known: known).shortened
    }
    let missing = known.filter { $0.isRequired && variables[$0.name]?.isNull ?? true }
    if !missing.isEmpty { throw PayloadError.missing(missing, under: "variables.", of: "the operation").shortened }
  }
}

extension PayloadError {
  /// The same, where the names in it are somebody else's.
  fileprivate var shortened: PayloadError {
    PayloadError(argument?.shortened(toBytes: 300), description.shortened(toBytes: 2000))
  }
}

extension CommandRegistry {
  /// The command whose payload says itself what is asked of the API.
  static let query = Command(
    name: "api.query", provider: "api",
    summary: "Sends a GraphQL document; one with a mutation is sent at most once.", target: .document,
    arguments: [
      Argument("query", .string, isRequired: true), Argument("operationName", .string),
      Argument("variables", .anyObject), Argument("paginate", .boolean),
    ])
}

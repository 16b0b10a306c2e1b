/// What is read of a GraphQL document before it is sent.
public struct DocumentPlan: Equatable, Sendable {
  /// How many selections are looked at, at the most.
  private static let largest = 20_000
  /// The most root fields, and variables, of an operation.
  private static let mostFields = 500
  private static let mostVariables = 100

  /// nil for an operation without one.
  public let operationName: String?
  public let isMutation: Bool
  /// The keys in an answer's `data` of the operation's root fields, also of those in fragments.
  public let keys: [String]
  /// The operation's variables.
  public let variables: [Argument]
  /// nil where one answer is all.
  public let pages: DocumentPages?

  /// - Parameters:
  ///   - operation: the name of the operation that is meant; nil for the only one.
  ///   - paginates: whether the pages of its list are followed.
  public init(_ text: String, operation name: String? = nil, paginates: Bool = false) throws(DocumentError) {
    let document = try GraphQLDocument(text)
    let operation = try document.operation(named: name)
    var budget = Self.largest
    let groups = try document.groups(of: operation.selections, budget: &budget)
    guard groups.count <= Self.mostFields else {
      throw document.error(
        "the operation has \(groups.count) root fields; at most \(Self.mostFields) are allowed", at: operation.offset)
    }
    guard operation.variables.count <= Self.mostVariables else {
      throw document.error(
        "the operation has \(operation.variables.count) variables; at most \(Self.mostVariables) are allowed",
        at: operation.offset)
    }
    // The whole document is stored, also the operations that are not meant.
    for each in document.operations {
      let asked = each.offset == operation.offset ? groups : try document.groups(of: each.selections, budget: &budget)
      for field in asked.lazy.flatMap(\.fields) {
        if let advice = Self.secretFields[field.name] { throw document.error(advice, at: field.offset) }
      }
    }
    operationName = operation.name
    isMutation = operation.kind == .mutation
    keys = groups.map(\.key)
    variables = operation.variables.map { Argument($0.name, $0.type, isRequired: $0.isRequired) }
    pages = paginates ? try DocumentPages(of: operation, in: document, budget: &budget) : nil
  }

  /// The API's fields that take or give secrets, and what to use for each: a document would be stored in the open.
  private static let secretFields: [String: String] = {
    var advice: [String: String] = [:]
    for command in CommandRegistry.all {
      switch command.target {
      case .internalCall(let field):
        advice[field] = "\(field) handles secrets and is no job; use: honeydew login"
      case .api(let field, _, _) where command.hasSecrets:
        advice[field] =
          "\(field) takes a secret, which a document would leave in the open; use the command \(command.name), which "
          + "seals it"
      case .api, .document, .diagnostic, .local: break
      }
    }
    return advice
  }()
}

public import HoneydewCore

/// A GraphQL operation of the Honeydew API, as its document says it.
public struct Operation: Equatable, Sendable {
  /// The command that it carries out, such as `github.commits`.
  public let command: String
  /// The request's `operationName`; nil for an operation without a name.
  public let name: String?
  /// The keys of its root fields, under which the answer's `data` has their values. An operation of the registry has one.
  public let fields: [String]
  public let isMutation: Bool
  /// The request's `query`: GraphQL text.
  public let document: String

  /// Whether its result is a pair of tokens.
  var expectsTokens: Bool { command == "auth.login" || isRefresh }

  var isRefresh: Bool { command == "auth.refresh" }

  /// One of the registry.
  init(command: String, name: String, field: String, document: String) {
    (self.command, self.name, self.document) = (command, name, document)
    fields = [field]
    isMutation = document.hasPrefix("mutation")
  }

  /// One of a document that a job brings.
  public init(_ plan: DocumentPlan, command: String, document: String) {
    (self.command, self.document) = (command, document)
    name = plan.operationName
    fields = plan.keys
    isMutation = plan.isMutation
  }

  private static let byCommand: [String: Operation] = Dictionary(uniqueKeysWithValues: all.map { ($0.command, $0) })

  /// The operation of exactly this command.
  public static func find(command: String) -> Operation? { byCommand[command] }
}

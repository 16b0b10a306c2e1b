/// A GraphQL operation of the Honeydew API, as its document says it.
public struct Operation: Equatable, Sendable {
  /// The command that it carries out, such as `github.commits`.
  public let command: String
  /// The request's `operationName`.
  public let name: String
  /// The one root field, under which the answer's `data` has its value.
  public let field: String
  /// The request's `query`: GraphQL text without spare white space.
  public let document: String

  /// Whether its result is a pair of tokens.
  var expectsTokens: Bool { command == "auth.login" || isRefresh }

  var isRefresh: Bool { command == "auth.refresh" }

  private static let byCommand: [String: Operation] = Dictionary(uniqueKeysWithValues: all.map { ($0.command, $0) })

  /// The operation of exactly this command.
  public static func find(command: String) -> Operation? { byCommand[command] }
}

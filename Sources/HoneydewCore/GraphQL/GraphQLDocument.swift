/// A GraphQL document as far as it must be understood to send it: its operations, and what they ask for. Whether there are
/// such fields, arguments and types is for the API to say.
public struct GraphQLDocument: Sendable {
  /// In bytes of UTF-8.
  public static let longest = 64 << 10
  /// How deep selections, values and types may be nested.
  public static let deepest = 100

  public enum Kind: String, Sendable {
    case query, mutation, subscription
  }

  struct Operation: Sendable {
    let kind: Kind
    let name: String?
    let variables: [Variable]
    let selections: [Selection]
    let offset: Int
  }

  struct Variable: Sendable {
    let name: String
    let type: ArgumentType
    let isRequired: Bool
    let offset: Int
  }

  struct Fragment: Sendable {
    let selections: [Selection]
    let offset: Int
  }

  indirect enum Selection: Sendable {
    case field(Field)
    case spread(String, offset: Int)
    case inline([Selection])
  }

  struct Field: Sendable {
    let name: String
    /// Under which its value stands in the answer: the alias, or the name.
    let key: String
    /// Those that its arguments mention.
    let variables: Set<String>
    let selections: [Selection]
    let offset: Int
  }

  let bytes: [UInt8]
  let operations: [Operation]
  let fragments: [String: Fragment]

  /// Reads a whole document, and refuses what no server would read the same way.
  public init(_ text: String) throws(DocumentError) {
    let bytes = Array(text.utf8)
    guard bytes.count <= Self.longest else {
      throw DocumentError("the document has \(bytes.count) bytes; at most \(Self.longest) are allowed", at: 0, in: [])
    }
    var parser = DocumentParser(bytes)
    (operations, fragments) = try parser.document()
    self.bytes = bytes
  }

  func error(_ text: String, at offset: Int) -> DocumentError { DocumentError(text, at: offset, in: bytes) }

  /// The operation that is meant by its name, or the only one.
  func operation(named name: String?) throws(DocumentError) -> Operation {
    let named = operations.compactMap(\.name).map(PayloadError.quoted)
    guard let first = operations.first else {
      throw error("there is no operation here, such as: query { me { username } }", at: bytes.count)
    }
    let found: Operation
    if let name {
      guard let operation = operations.first(where: { $0.name?.utf8.elementsEqual(name.utf8) == true }) else {
        let there = named.isEmpty ? "its operation has no name" : "it has \(named.joined(separator: ", "))"
        throw error("the document has no operation \(PayloadError.quoted(name)); \(there)", at: first.offset)
      }
      found = operation
    } else {
      guard operations.count == 1 else {
        throw error(
          "the document has \(operations.count) operations; say which one is meant (--operation NAME, operationName): "
            + named.prefix(10).joined(separator: ", "), at: operations[1].offset)
      }
      found = first
    }
    guard found.kind != .subscription else {
      throw error("a subscription has no end, and a job has one; ask for the same with a query", at: found.offset)
    }
    return found
  }
}

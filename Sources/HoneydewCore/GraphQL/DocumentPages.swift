/// Where an answer says whether there is more, and what is collected of each page: one connection of a query, whose
/// arguments mention `$after` and which asks for `pageInfo { hasNextPage endCursor }`.
public struct DocumentPages: Equatable, Sendable {
  /// The variable that takes the cursor.
  public static let variable = "after"

  /// The keys that lead from an answer's `data` to the connection.
  public let path: [String]
  /// Of the connection's `pageInfo`, and below it of its two fields.
  public let pageInfo: String
  public let hasNextPage: String
  public let endCursor: String
  /// Of what else is asked of the connection.
  public let others: [String]

  init(of operation: GraphQLDocument.Operation, in document: GraphQLDocument, budget: inout Int) throws(DocumentError) {
    guard operation.kind == .query else {
      throw document.error("a mutation has no pages, and is sent once; leave paginate out", at: operation.offset)
    }
    guard operation.variables.contains(where: { $0.name == Self.variable }) else {
      throw document.error(
        "the next page is asked for by a variable that is not declared; declare ($after: String) and give it to the "
          + "list as after: $after", at: operation.offset)
    }
    var search = Search(document: document, budget: budget)
    try search.look(at: operation.selections, under: [])
    budget = search.budget
    guard let (path, group) = search.found else {
      throw document.error(
        "no field takes $after; give it to the list whose pages are wanted, as after: $after", at: operation.offset)
    }
    let below = try document.groups(of: group.selections, budget: &budget)
    for group in below where group.fields[0].name == "pageInfo" {
      let facts = try document.groups(of: group.selections, budget: &budget)
      guard let more = facts.first(where: { $0.fields[0].name == "hasNextPage" }),
        let cursor = facts.first(where: { $0.fields[0].name == "endCursor" })
      else { continue }
      self.path = path
      (pageInfo, hasNextPage, endCursor) = (group.key, more.key, cursor.key)
      others = below.map(\.key).filter { $0 != group.key }
      return
    }
    throw document.error(
      "\(group.fields[0].name) takes $after but does not say whether there is more; ask it for "
        + "pageInfo { hasNextPage endCursor }", at: group.fields[0].offset)
  }

  private struct Search {
    let document: GraphQLDocument
    var budget: Int
    var found: (path: [String], group: GraphQLDocument.Group)?

    mutating func look(at selections: [GraphQLDocument.Selection], under path: [String]) throws(DocumentError) {
      for group in try document.groups(of: selections, budget: &budget) {
        let field = group.fields[0]
        let path = path + [group.key]
        guard path.count <= GraphQLDocument.deepest else {
          throw document.error("fragments nest the document deeper than \(GraphQLDocument.deepest)", at: field.offset)
        }
        if group.fields.contains(where: { $0.variables.contains(variable) }) {
          guard found == nil else {
            throw document.error("a second field takes $after; only one list can be followed at once", at: field.offset)
          }
          found = (path, group)
        }
        try look(at: group.selections, under: path)
      }
    }
  }
}

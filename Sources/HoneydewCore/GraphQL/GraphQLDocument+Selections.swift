extension GraphQLDocument {
  /// The fields that stand under one key of an answer: the API makes one of them (section 5.3.2).
  struct Group {
    let key: String
    var fields: [Field]

    /// What is asked for below them.
    var selections: [Selection] { fields.flatMap(\.selections) }
  }

  /// The fields of a selection set, those of its fragments among them, by their keys in the order of the document.
  ///
  /// - Parameter budget: how many selections may still be looked at: fragments in fragments can multiply without end.
  func groups(of selections: [Selection], budget: inout Int) throws(DocumentError) -> [Group] {
    var groups: [Group] = []
    var places: [String: Int] = [:]
    var visited: Set<String> = []
    // What is still to be looked at, the next one last.
    var rest = Array(selections.reversed())
    while let selection = rest.popLast() {
      budget -= 1
      guard budget >= 0 else { throw error("the document asks for too much at once; divide it", at: 0) }
      switch selection {
      case .inline(let selections): rest.append(contentsOf: selections.reversed())
      case .spread(let name, let offset):
        guard let fragment = fragments[name] else {
          throw error("there is no fragment \(PayloadError.quoted(name)) in the document", at: offset)
        }
        if visited.insert(name).inserted { rest.append(contentsOf: fragment.selections.reversed()) }
      case .field(let field):
        if let place = places[field.key] {
          groups[place].fields.append(field)
        } else {
          places[field.key] = groups.count
          groups.append(Group(key: field.key, fields: [field]))
        }
      }
    }
    return groups
  }
}

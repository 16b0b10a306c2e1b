/// Reads the executable definitions of a GraphQL document (GraphQL specification, section 2).
struct DocumentParser {
  private typealias Document = GraphQLDocument

  private var lexer: DocumentLexer
  private var token: DocumentLexer.Token
  private var depth = 0

  init(_ bytes: [UInt8]) {
    lexer = DocumentLexer(bytes)
    token = DocumentLexer.Token(kind: .end, range: 0..<0)
  }

  mutating func document() throws(DocumentError) -> (
    operations: [GraphQLDocument.Operation], fragments: [String: GraphQLDocument.Fragment]
  ) {
    var operations: [Document.Operation] = []
    var names: Set<String> = []
    var nameless: Int?
    var fragments: [String: Document.Fragment] = [:]
    try advance()
    while token.kind != .end {
      let start = token.range.lowerBound
      if token.kind == .name, lexer.text(of: token) == "fragment" {
        let (name, fragment) = try self.fragment()
        guard fragments.updateValue(fragment, forKey: name) == nil else {
          throw lexer.error("there are two fragments \(name); give each a name of its own", at: start)
        }
        continue
      }
      let operation = try self.operation()
      if let name = operation.name, !names.insert(name).inserted {
        throw lexer.error("there are two operations \(name); give each a name of its own", at: start)
      }
      operations.append(operation)
      if operation.name == nil { nameless = nameless ?? operation.offset }
      if operations.count > 1, let nameless {
        throw lexer.error("an operation without a name must be the only one; name each", at: nameless)
      }
    }
    return (operations, fragments)
  }

  // MARK: definitions

  private mutating func operation() throws(DocumentError) -> GraphQLDocument.Operation {
    let start = token.range.lowerBound
    if isAt("{") {
      return Document.Operation(
        kind: .query, name: nil, variables: [], selections: try selectionSet(), offset: start)
    }
    guard token.kind == .name, let kind = Document.Kind(rawValue: lexer.text(of: token)) else {
      if token.kind == .name || token.kind == .string {
        throw unexpected("query, mutation or fragment: a document that is sent defines no types")
      }
      throw unexpected("an operation, such as: query { me { username } }")
    }
    try advance()
    let name = token.kind == .name ? try self.name() : nil
    let variables = try self.variables()
    try directives()
    return Document.Operation(
      kind: kind, name: name, variables: variables, selections: try selectionSet(), offset: start)
  }

  private mutating func fragment() throws(DocumentError) -> (String, GraphQLDocument.Fragment) {
    let start = token.range.lowerBound
    try advance()
    guard token.kind == .name, lexer.text(of: token) != "on" else { throw unexpected("the fragment's name") }
    let name = try self.name()
    guard token.kind == .name, lexer.text(of: token) == "on" else { throw unexpected("'on' and a type") }
    try advance()
    _ = try self.name()
    try directives()
    return (name, Document.Fragment(selections: try selectionSet(), offset: start))
  }

  private mutating func variables() throws(DocumentError) -> [GraphQLDocument.Variable] {
    guard isAt("(") else { return [] }
    try advance()
    var variables: [Document.Variable] = []
    var names: Set<String> = []
    repeat {
      let start = token.range.lowerBound
      try expect("$")
      let name = try self.name()
      guard names.insert(name).inserted else { throw lexer.error("$\(name) is declared twice", at: start) }
      try expect(":")
      let (type, isNonNull) = try self.type()
      var hasDefault = false
      if isAt("=") {
        try advance()
        try constant()
        hasDefault = true
      }
      try directives(areConstant: true)
      variables.append(
        Document.Variable(name: name, type: type, isRequired: isNonNull && !hasDefault, offset: start))
    } while !isAt(")")
    try advance()
    return variables
  }

  private mutating func type() throws(DocumentError) -> (ArgumentType, isNonNull: Bool) {
    var type: ArgumentType
    if isAt("[") {
      try enter()
      type = .list(try self.type().0)
      try leave("]")
    } else {
      let name = try self.name()
      // A value of any other type is written as text, as a word of an enumeration is, or as JSON.
      type =
        switch name {
        case "Int": .int
        case "Float": .float
        case "Boolean": .boolean
        case "ID": .id
        default: .string
        }
    }
    guard isAt("!") else { return (type, false) }
    try advance()
    return (type, true)
  }

  // MARK: selections

  private mutating func selectionSet() throws(DocumentError) -> [GraphQLDocument.Selection] {
    guard isAt("{") else { throw unexpected("'{' and what is asked for") }
    try enter()
    var selections: [Document.Selection] = []
    repeat { selections.append(try selection()) } while !isAt("}")
    try leave("}")
    return selections
  }

  private mutating func selection() throws(DocumentError) -> GraphQLDocument.Selection {
    let start = token.range.lowerBound
    guard token.kind == .spread else { return .field(try field()) }
    try advance()
    if token.kind == .name, lexer.text(of: token) != "on" {
      let name = try self.name()
      try directives()
      return .spread(name, offset: start)
    }
    if token.kind == .name {
      try advance()
      _ = try name()
    }
    try directives()
    return .inline(try selectionSet())
  }

  private mutating func field() throws(DocumentError) -> GraphQLDocument.Field {
    let start = token.range.lowerBound
    guard token.kind == .name else { throw unexpected("a field or '}'") }
    let key = try name()
    var name = key
    if isAt(":") {
      try advance()
      name = try self.name()
    }
    var variables: Set<String> = []
    try arguments(&variables)
    try directives()
    return Document.Field(
      name: name, key: key, variables: variables, selections: isAt("{") ? try selectionSet() : [], offset: start)
  }

  private mutating func directives(areConstant: Bool = false) throws(DocumentError) {
    while isAt("@") {
      try advance()
      _ = try name()
      var variables: Set<String> = []
      try arguments(&variables, areConstant: areConstant)
    }
  }

  private mutating func arguments(
    _ variables: inout Set<String>, areConstant: Bool = false
  ) throws(DocumentError) {
    guard isAt("(") else { return }
    try advance()
    repeat {
      _ = try name()
      try expect(":")
      try value(&variables, isConstant: areConstant)
    } while !isAt(")")
    try advance()
  }

  // MARK: values

  private mutating func constant() throws(DocumentError) {
    var none: Set<String> = []
    try value(&none, isConstant: true)
  }

  private mutating func value(_ variables: inout Set<String>, isConstant: Bool) throws(DocumentError) {
    switch token.kind {
    case .name, .number, .string: try advance()
    case .punctuator("$"):
      guard !isConstant else { throw unexpected("a value that is no variable") }
      try advance()
      variables.insert(try name())
    case .punctuator("["):
      try enter()
      while !isAt("]") { try value(&variables, isConstant: isConstant) }
      try leave("]")
    case .punctuator("{"):
      try enter()
      while !isAt("}") {
        _ = try name()
        try expect(":")
        try value(&variables, isConstant: isConstant)
      }
      try leave("}")
    case .punctuator, .spread, .end: throw unexpected("a value")
    }
  }

  // MARK: tokens

  private mutating func advance() throws(DocumentError) { token = try lexer.next() }

  private func isAt(_ punctuator: Unicode.Scalar) -> Bool { token.kind == .punctuator(punctuator) }

  private mutating func expect(_ punctuator: Unicode.Scalar) throws(DocumentError) {
    guard isAt(punctuator) else { throw unexpected("'\(punctuator)'") }
    try advance()
  }

  /// Reads an opening bracket.
  private mutating func enter() throws(DocumentError) {
    guard depth < Document.deepest else {
      throw lexer.error("the document is nested deeper than \(Document.deepest)", at: token.range.lowerBound)
    }
    depth += 1
    try advance()
  }

  private mutating func leave(_ punctuator: Unicode.Scalar) throws(DocumentError) {
    try expect(punctuator)
    depth -= 1
  }

  private mutating func name() throws(DocumentError) -> String {
    guard token.kind == .name else { throw unexpected("a name") }
    let name = lexer.text(of: token)
    try advance()
    return name
  }

  private func unexpected(_ expected: String) -> DocumentError {
    let found = token.kind == .end ? "the end of the document" : PayloadError.quoted(lexer.text(of: token))
    return lexer.error("expected \(expected), found \(found)", at: token.range.lowerBound)
  }
}

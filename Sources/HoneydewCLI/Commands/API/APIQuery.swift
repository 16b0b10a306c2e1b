internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewSystem
internal import HoneydewText

extension Option {
  static let queryFile = Option(
    name: "--file", value: "FILE", kind: .file, help: "Read the document from a file (-: standard input)")
  static let operation = Option(
    name: "--operation", value: "NAME", help: "The operation that is meant, where the document has several")
  static let variable = Option(
    name: "--var", value: "KEY=VALUE", kind: .label, mayRepeat: true,
    help: "A variable of the operation, as its type says, or KEY:=JSON; may be repeated")
  static let paginate = Option(name: "--paginate", help: "Ask for all pages of a list, and make one result of them")
}

extension Subcommand {
  static let apiQuery = Subcommand(
    words: ["api", "query"], summary: "Send any GraphQL document to the API as a job and print the answer",
    positionals: [
      Positional(name: "DOCUMENT", count: .optional, help: "The document; - reads it from standard input")
    ],
    options: [.queryFile, .operation, .variable, .paginate] + APIAnswer.options,
    details: [
      "The daemon reads which operation is meant and what it asks for; the API says whether it has it.",
      "A mutation is sent at most once: where it is cut off, its job fails and says so.",
      "KEY=VALUE is text, or a number, true or false where the document declares such a variable; a list is",
      "written by giving its key once for each element. KEY:=JSON is any JSON value.",
      "Documents and variables are stored as they are: fields that take passwords have commands of their own.",
      "",
      "--paginate follows one list. The query declares $after, gives it to the list, and asks the list whether",
      "there is more:",
      "  query($after: String) {",
      "    things(after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }",
      "  }",
      "The result is the last page's answer, whose lists beside pageInfo hold the elements of all pages. All",
      "pages are one attempt (--timeout) and together at most api.max_response_mb.",
    ],
    examples: [
      Example("honeydew api query '{ me { username role } }'", "prints what the API answers"),
      Example(
        "honeydew api query --file repositories.graphql --var organization=acme --json | jq .",
        "sends a document with a variable"),
      Example("honeydew api query --file names.graphql --operation Names", "sends one of the operations of a document"),
      Example("honeydew api query --file things.graphql --paginate --timeout 10m", "prints all pages as one answer"),
      Example(
        "honeydew submit api.query query='{ me { username } }' variables:='{}'", "submits one for later, like any job"),
    ],
    run: { invocation throws(Failure) in
      try APIAnswer.get(invocation) { () throws(Failure) in
        try JobRequest(invocation, "api.query", payload: try APIQuery(invocation.arguments).payload)
      }
    })
}

/// What `api query` was asked to send.
struct APIQuery {
  /// The payload of `api.query`.
  let payload: String

  /// Reads the document, so that mistakes are found where they stand in the file.
  init(_ arguments: ParsedArguments) throws(Failure) {
    let (text, name) = try Self.document(arguments)
    let plan: DocumentPlan
    do throws(DocumentError) {
      plan = try DocumentPlan(
        text, operation: arguments.text(.operation), paginates: arguments.isSet(.paginate))
    } catch {
      throw .usage("\(name):\(error)")
    }
    let variables = try Payload.members(arguments.texts(.variable), arguments: plan.variables)
    var members = [JSONValue.Member("query", .string(text))]
    if let operation = arguments.text(.operation) {
      members.append(JSONValue.Member("operationName", .string(operation)))
    }
    if !variables.isEmpty { members.append(JSONValue.Member("variables", .object(variables))) }
    if arguments.isSet(.paginate) { members.append(JSONValue.Member("paginate", true)) }
    payload = String(decoding: JSONValue.object(members).serialized, as: UTF8.self)
  }

  /// The document, and what its errors call it.
  private static func document(_ arguments: ParsedArguments) throws(Failure) -> (text: String, name: String) {
    let file = arguments.text(.queryFile)
    switch (arguments.positionals.first, file) {
    case (_?, _?): throw .usage("--file takes the document from a file; leave out the other one")
    case ("-"?, nil), (nil, "-"?): return (try Prompt.wholeInput(), "standard input")
    case (let text?, nil): return (text, "document")
    case (nil, let name?):
      let bytes: [UInt8]
      do throws(Errno) {
        bytes = try Files.read(name, limit: 4 << 20)
      } catch {
        throw Failure(.failed, "cannot read \(name): \(error.text)")
      }
      guard let text = String(validating: bytes, as: UTF8.self) else { throw .usage("\(name) is no text in UTF-8") }
      return (text, name)
    case (nil, nil):
      throw .usage("there is no document; give one, or --file FILE, such as: honeydew api query '{ me { username } }'")
    }
  }
}

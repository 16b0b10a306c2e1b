internal import HoneydewJSON

/// How the result of a command becomes a table: where its rows are, and what of a row is worth a column.
struct ResultLayout: Sendable {
  struct Column: Sendable {
    let heading: Table.Column
    let cell: @Sendable (JSONValue) -> String

    init(
      _ title: String, isRightAligned: Bool = false, comfortableWidth: Int? = nil, isExpendable: Bool = false,
      _ cell: @escaping @Sendable (JSONValue) -> String
    ) {
      heading = Table.Column(
        title: title, isRightAligned: isRightAligned, comfortableWidth: comfortableWidth, isExpendable: isExpendable)
      self.cell = cell
    }
  }

  /// The keys from the result's root to the array.
  let path: [String]
  let columns: [Column]
  /// What the rows are, in the plural: `commits`.
  let rows: String

  static func of(command: String) -> ResultLayout? { layouts[command] }

  private static let layouts: [String: ResultLayout] = [
    "organizations.list": ResultLayout(
      path: ["listOrganizationsWithProviders"],
      columns: [
        Column("ORGANIZATION") { text($0["name"]) },
        Column("PROVIDERS", comfortableWidth: 12) { organization in
          (organization["providers"]?.array ?? []).map { text($0["name"]) }.joined(separator: ", ")
        },
      ], rows: "organizations"),
    "github.repositories": ResultLayout(
      path: ["githubRepositories"],
      columns: [
        Column("REPOSITORY") { text($0["fullName"]) },
        Column("ACCESS", isExpendable: true) { $0["isPrivate"]?.bool == true ? "private" : "public" },
        Column("BRANCH", comfortableWidth: 8, isExpendable: true) { text($0["defaultBranch"]) },
        Column("PUSHED", isExpendable: true) { text($0["pushedAt"]) },
        Column("DESCRIPTION", comfortableWidth: 24) { firstLine($0["description"]) },
      ], rows: "repositories"),
    "github.commits": ResultLayout(
      path: ["githubCommits", "commits"],
      columns: [
        Column("COMMIT") { String(text($0["sha"]).prefix(10)) },
        Column("DATE") { text($0["date"]) },
        Column("AUTHOR", comfortableWidth: 12) { text($0["author"]) },
        Column("ADDED", isRightAligned: true, isExpendable: true) { text($0["additions"]) },
        Column("DELETED", isRightAligned: true, isExpendable: true) { text($0["deletions"]) },
        Column("MESSAGE", comfortableWidth: 24) { firstLine($0["message"]) },
      ], rows: "commits"),
  ]

  /// A scalar as people write it; anything else as JSON.
  static func text(_ value: JSONValue?) -> String {
    switch value {
    case nil, .null: ""
    case .bool(let value): value ? "yes" : "no"
    case .number(let text), .string(let text): text
    case .some(let value): String(decoding: value.serialized, as: UTF8.self)
    }
  }

  private static func firstLine(_ value: JSONValue?) -> String {
    let text = text(value)
    return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
  }
}

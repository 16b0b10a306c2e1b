import HoneydewConfig
import HoneydewSystem

extension FuzzTarget {
  /// Inputs that are right, for mutations to begin with: what has a structure is hardly ever met by chance.
  var seeds: [[UInt8]] {
    switch self {
    case .zone:
      ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca"].compactMap { name in
        try? Files.read("/usr/share/zoneinfo/\(name)", limit: 1 << 20)
      }
    case .configuration: [configuration] + Self.configurations.map { Array($0.utf8) }
    case .token: Self.claims.map { Array($0.utf8) }
    case .document: Self.documents.map { Array($0.utf8) }
    case .answer: Self.answers.map { [0, 0] + Array($0.utf8) }
    case .rows: Self.rowScripts
    case .pool: Self.poolScripts
    case .messages, .frames, .json, .payload, .texts, .server, .client: []
    }
  }

  /// The example with every key in use.
  private var configuration: [UInt8] {
    let lines = ((try? ConfigurationDocuments.example()) ?? "").split(separator: "\n")
    let used = lines.map { line in
      line.hasPrefix("  # ") && line.contains(":") && !line.contains(". ") ? "  " + line.dropFirst(4) : String(line)
    }
    return Array(used.joined(separator: "\n").utf8)
  }

  private static let configurations = [
    "queue:\n  workers: 8\n  provider_concurrency:\n    github: 2\n    \"gitlab\": 3\napi:\n  timeout: 1m30s\n",
    "daemon: {allow_users: [alice, bob], socket_path: ~/x.sock}\nlogging:\n  level: debug # a comment\n",
    "queue: &a\n  workers: !!int \"8\"\n? [api]\n: *a\n---\nother: |\n  text\n",
  ]

  private static let claims = [
    #"{"exp":1774738800,"iat":1774735200.5,"sub":"ada"}"#, #"{"exp":-1e13}"#, #"{"exp":"never","aud":["a"]}"#,
    "e30.eyJleHAiOjE3NzQ3Mzg4MDB9.c2lnbmF0dXJl",
  ]

  private static let documents = [
    "query Q($a: [Int!]! = [1], $after: String) @d(x: {y: -1.5e3}) { a: b(c: $a) { ...F } }\nfragment F on T { id }",
    "query($after: String){list(after:$after,s:\"\\u00e9\"){nodes{id}pageInfo{hasNextPage endCursor}}}",
    "mutation M{x(s:\"\"\"a \\\"\"\" b\"\"\"){... on T @skip(if:true){y}}} # end\nsubscription S{z}",
  ]

  private static let answers = [
    #"{"data":{"commits":[{"sha":"a","n":1.5e3}]},"extensions":{}}"#,
    #"{"data":null,"errors":[{"message":"no s3cr3t-t0ken-0f-ada","path":["a",0],"extensions":{"code":"UNAUTHENTICATED"}}]}"#,
    #"{"errors":[{"message":"one"},{"message":"two"}],"data":{"login":{"success":false,"error":"because"}}}"#,
    #"{"data":{"login":{"accessToken":"a.b.c","refreshToken":"d","user":{"username":"ada"}}}}"#,
    "120 Wed, 21 Oct 2026 07:28:00 GMT",
  ]
}

extension FuzzTarget {
  /// Scripts of `RowsTemplate.insert`: a table, then a kind and what belongs to it for each column.
  fileprivate static var rowScripts: [[UInt8]] {
    let null: [UInt8] = [0]
    let (zero, one): ([UInt8], [UInt8]) = ([1, 0], [1, 1])
    let word = { (text: String) -> [UInt8] in
      guard let index = RowsTemplate.words.firstIndex(of: text) else { fail("\(text) is no word") }
      return [6, UInt8(index)]
    }
    let (id, time, object) = (word("aaaaaaaaaaaaa"), word("2026-03-28T22:59:59.999Z"), word("{}"))
    let job = { (status: String) -> [UInt8] in
      [
        [0], one, id, word("diag.noop"), zero, word(status), null, one, zero, one, zero, null, word(#"{"a":"b"}"#),
        null,
        null, null, null, null, one, null, time, time, time, time, null, null, null, null, object, null,
      ].flatMap(\.self)
    }
    let attempt = [[2], one, one, one, time, time, word("failed"), null, null].flatMap(\.self)
    let schedule = [
      [3], id, word("production"), word("*/5 * * * *"), word("diag.noop"), one, time, time, null, null, time, time,
      time,
      zero, null, null, null, null, word("skip"), word("all"), [1, 5], zero, zero, zero, null, null, object,
    ].flatMap(\.self)
    let environment = [[5], id, word("production"), word("https://api.test/graphql"), one, null, null, time, time]
      .flatMap(\.self)
    let login = { (name: String) -> [UInt8] in
      [[6], word(name), id, word(name), [5, 1, 7], time, null, null, zero, one, time, time].flatMap(\.self)
    }
    return [
      job("pending") + environment, job("running") + attempt, job("failed") + attempt, schedule,
      environment + login("bbbbbbbbbbbbb") + login("eeeeeeeeeeeee"),
    ]
  }

  /// Scripts of `HostileCrew.act`.
  fileprivate static var poolScripts: [[UInt8]] {
    // Ready, started, heartbeat, result; a failure; tokens; the passing of time; ends.
    [
      [30, 0, 0, 2, 0, 7, 0, 4, 0, 7, 0, 7, 0, 7, 0, 2, 123, 125],
      [2, 0, 7, 0, 11, 0, 7, 0, 1, 1, 97, 1, 98, 2, 123, 125, 1, 1, 1, 1, 31, 0, 10],
      [24, 0, 4, 1, 2, 3, 4, 9, 0, 7, 0, 4, 18, 1, 30, 0, 3, 19, 0, 20, 1, 16, 0, 2, 5, 0],
      [
        14, 0, 7, 0, 1, 97, 1, 98, 1, 99, 1, 0, 13, 1, 7, 0, 1, 1, 97, 25, 0, 2, 26, 1, 27, 0, 28, 0, 29, 1, 23, 0, 100,
      ],
    ]
  }
}

import HoneydewCore
import Testing

@testable import HoneydewAPI

private let document =
  "query($after: String) { a { b(after: $after) { nodes edges total pageInfo { hasNextPage endCursor } } } }"

private func collector(after cursor: String? = nil, maximumBytes: Int = 1 << 20) throws -> PageCollector {
  PageCollector(
    try #require(try DocumentPlan(document, paginates: true).pages), after: cursor, maximumBytes: maximumBytes)
}

private func page(_ lists: String, next cursor: String?) -> [UInt8] {
  let info = cursor.map { #"{"hasNextPage":true,"endCursor":"\#($0)"}"# } ?? #"{"hasNextPage":false,"endCursor":"z"}"#
  return Array(#"{"a": {"b": {\#(lists), "pageInfo": \#(info)}}}"#.utf8)
}

@Suite("Pages") struct PageCollectorTests {
  @Test("become the last page's data, with the elements of all in its lists, byte for byte")
  func collected() throws {
    var pages = try collector()
    #expect(try pages.add(page(#""nodes": [1.50, {"x":"]"} ], "edges": null, "total": 1"#, next: "c1")) == "c1")
    #expect(try pages.add(page(#""nodes":[ ],"edges":["e"],"total":2"#, next: "c2")) == "c2")
    #expect(try pages.add(page(#""edges":[],"nodes":[ 3 ],"total":3"#, next: nil)) == nil)
    #expect(pages.count == 3)
    let result =
      #"{"a": {"b": {"edges":["e"],"nodes":[1.50, {"x":"]"},3],"total":3, "pageInfo": {"hasNextPage":false,"endCursor":"z"}}}}"#
    #expect(String(decoding: pages.result, as: UTF8.self) == result)
  }

  @Test("of which there is one are that one", arguments: [#"{"a":null}"#, #"{"a":{"b":null}}"#, #"{"b":1}"#])
  func one(data: String) throws {
    var pages = try collector()
    #expect(try pages.add(Array(data.utf8)) == nil)
    #expect(pages.result == Array(data.utf8))
  }

  @Test(
    "that lead nowhere are an error",
    arguments: [
      #"{"a":{"b":{"nodes":[]}}}"#, #"{"a":{"b":{"pageInfo":null}}}"#, #"{"a":[{"b":{}}]}"#, #"{"a":1}"#,
      #"{"a":{"b":{"pageInfo":{"hasNextPage":true,"endCursor":null}}}}"#,
      #"{"a":{"b":{"pageInfo":{"hasNextPage":"yes","endCursor":"c"}}}}"#,
      #"{"a":{"b":{"pageInfo":{"hasNextPage":true,"endCursor":"start"}}}}"#,
      #"{"a":{"b":{},"b":{}}}"#,
    ])
  func nowhere(data: String) throws {
    var pages = try collector(after: "start")
    #expect(throws: APIFailure.self) { try pages.add(Array(data.utf8)) }
  }

  @Test("whose cursors go round, whose list goes away, or that are too much together are an error")
  func endless() throws {
    var round = try collector()
    #expect(try round.add(page(#""nodes":[1]"#, next: "a")) == "a")
    #expect(try round.add(page(#""nodes":[1]"#, next: "b")) == "b")
    #expect(throws: APIFailure.self) { try round.add(page(#""nodes":[1]"#, next: "a")) }
    var gone = try collector()
    #expect(try gone.add(page(#""nodes":[1]"#, next: "a")) == "a")
    #expect(throws: APIFailure.self) { try gone.add(page(#""total":1"#, next: nil)) }
    #expect(throws: APIFailure.self) { try gone.add(Array(#"{"a":null}"#.utf8)) }
    var large = try collector(maximumBytes: 200)
    #expect(try large.add(page(#""nodes":[1]"#, next: "a")) == "a")
    #expect(try large.add(page(#""nodes":[1]"#, next: "b")) == "b")
    let error = #expect(throws: APIFailure.self) { try large.add(page(#""nodes":[1]"#, next: "c")) }
    #expect(error?.code == .responseTooLarge)
  }
}

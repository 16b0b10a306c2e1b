internal import HoneydewCore
internal import HoneydewJSON

/// The JSON object of a GraphQL answer (GraphQL specification, section 7.1): what it says, and where its data stand.
///
/// The API's answers are read as they come: a key may appear twice, and a text may have any length.
struct GraphQLBody {
  /// Where `data` stands in the body, white space not among it; nil where there is none, or null.
  let data: Range<Int>?
  let errors: GraphQLErrors?
  /// The values of the root fields that are not null: the call was carried out, whatever stands beside them.
  let results: [Range<Int>]

  /// - Parameters:
  ///   - fields: the keys of the operation's root fields.
  ///   - secrets: what is cut out of texts.
  init(_ bytes: Span<UInt8>, fields: [String], without secrets: [String]) throws(JSONError) {
    let ranges = try JSONScanner.ranges(of: ["data", "errors"], in: bytes)
    data = ranges[0].flatMap { bytes.extracting($0).isNull ? nil : $0 }
    errors = ranges[1].flatMap { GraphQLErrors(bytes.extracting($0), without: secrets) }
    var results: [Range<Int>] = []
    if let data {
      let object = bytes.extracting(data)
      try? JSONScanner.members(fields, of: object) { _, range in
        if !object.extracting(range).isNull {
          results.append(data.lowerBound + range.lowerBound..<data.lowerBound + range.upperBound)
        }
      }
    }
    self.results = results
  }

  /// Why a mutation whose payload says `success: false` could not be carried out; nil for every other result.
  func refusal(in bytes: Span<UInt8>) -> String? {
    for result in results {
      let payload = bytes.extracting(result)
      var isRefused = false
      var reasons: [String?] = [nil, nil]
      try? JSONScanner.members(["error", "message", "success"], of: payload) { index, range in
        let value = payload.extracting(range)
        if index == 2 {
          if value.equals("false") { isRefused = true }
        } else if !value.isNull {
          reasons[index] = Self.text(value)
        }
      }
      if isRefused { return reasons[0] ?? reasons[1] ?? "no reason is given" }
    }
    return nil
  }

  /// Whether the root field's value is an object with a text under the key that is not empty.
  func holdsText(_ key: String, in bytes: Span<UInt8>) -> Bool {
    var isFound = false
    for result in results {
      let payload = bytes.extracting(result)
      try? JSONScanner.members([key], of: payload) { _, range in
        isFound = payload[range.lowerBound] == UInt8(ascii: "\"") && range.count > 2
      }
    }
    return isFound
  }

  private static let longestReason = 64 << 10

  private static func text(_ value: Span<UInt8>) -> String? {
    guard value.count <= longestReason else { return "a reason of \(value.count) bytes" }
    return JSONValue(lenient: value)?.string
  }
}

extension Span<UInt8> {
  var isNull: Bool { equals("null") }

  fileprivate func equals(_ word: StaticString) -> Bool {
    count == word.utf8CodeUnitCount && indices.allSatisfy { self[$0] == word.utf8Start[$0] }
  }
}

extension JSONValue {
  /// A part of an answer; nil when it is no JSON.
  init?(lenient bytes: Span<UInt8>) {
    do {
      try self.init(lenientlyParsing: bytes, maximumDepth: JSONScanner.defaultMaximumDepth)
    } catch {
      return nil
    }
  }
}

public import HoneydewCore
internal import HoneydewJSON

/// Makes one result of a list's pages: the last page's data, in which the lists beside `pageInfo` hold the elements of all
/// pages, byte for byte. So a result has the same form with pages and without.
public struct PageCollector {
  private let pages: DocumentPages
  private let maximumBytes: Int
  /// How many pages are taken.
  public private(set) var count = 0
  private var total = 0
  /// Those that were followed: one that comes again would never end.
  private var cursors: Set<String> = []
  /// The elements of each list so far, with commas between them.
  private var elements: [String: [UInt8]] = [:]
  private var last: [UInt8] = []
  /// Where the lists stand in `last`.
  private var places: [(key: String, range: Range<Int>)] = []

  /// - Parameters:
  ///   - cursor: the first page comes after it.
  ///   - maximumBytes: of all pages together.
  public init(_ pages: DocumentPages, after cursor: String? = nil, maximumBytes: Int) {
    self.pages = pages
    self.maximumBytes = maximumBytes
    if let cursor { cursors.insert(cursor) }
  }

  /// Takes the `data` of a page.
  ///
  /// - Returns: the cursor after which the next page comes; nil when this was the last one.
  public mutating func add(_ data: [UInt8]) throws(APIFailure) -> String? {
    total += data.count
    guard total <= maximumBytes else {
      throw APIFailure(
        .responseTooLarge,
        "all pages together are larger than \(maximumBytes) bytes (api.max_response_mb); ask for less, or begin "
          + "after a cursor")
    }
    let cursor = try collect(data.span)
    last = data
    count += 1
    return cursor
  }

  /// All pages as one result.
  public var result: [UInt8] {
    var result: [UInt8] = []
    var position = 0
    for (key, range) in places.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      guard let elements = elements[key] else { continue }
      result += last[position..<range.lowerBound]
      result.append(UInt8(ascii: "["))
      result += elements
      result.append(UInt8(ascii: "]"))
      position = range.upperBound
    }
    return result + last[position...]
  }

  /// Takes the elements of a page's lists, and finds its cursor.
  private mutating func collect(_ data: Span<UInt8>) throws(APIFailure) -> String? {
    guard let connection = try connection(in: data) else {
      guard count > 0 else { return nil }
      throw APIFailure(.apiError, "the answer has no \(pages.path.joined(separator: ".")) any more")
    }
    let members = try ranges(of: [pages.pageInfo] + pages.others, in: connection, of: data)
    places = []
    for (key, range) in zip(pages.others, members.dropFirst()) {
      guard let range, data[range.lowerBound] == UInt8(ascii: "[") || data.extracting(range).isNull else {
        guard elements[key] == nil else { throw APIFailure(.apiError, "\(key) is no list any more") }
        continue
      }
      places.append((key, range))
      if data[range.lowerBound] == UInt8(ascii: "[") { append(data.extracting(range), to: key) }
    }
    guard let info = members[0], let value = JSONValue(lenient: data.extracting(info)), !value.isNull,
      let hasNextPage = value[pages.hasNextPage]?.bool
    else { throw APIFailure(.apiError, "the answer does not say whether there is another page") }
    guard hasNextPage else { return nil }
    guard let cursor = value[pages.endCursor]?.string else {
      throw APIFailure(.apiError, "there is another page, but the answer has no \(pages.endCursor) to ask for it")
    }
    guard cursors.insert(cursor).inserted else {
      throw APIFailure(
        .apiError, "the answer ends with a cursor that was followed already: there is no end to its pages")
    }
    return cursor
  }

  /// Where the connection stands; nil where it, or what leads to it, is null.
  private func connection(in data: Span<UInt8>) throws(APIFailure) -> Range<Int>? {
    var range = 0..<data.count
    for key in pages.path {
      guard let found = try ranges(of: [key], in: range, of: data)[0], !data.extracting(found).isNull else {
        return nil
      }
      guard data[found.lowerBound] == UInt8(ascii: "{") else {
        throw APIFailure(.apiError, "\(key) is no object: the pages of a list within a list cannot be followed")
      }
      range = found
    }
    return range
  }

  /// Where members of the object in `range` stand in the data.
  private func ranges(
    of keys: [String], in range: Range<Int>, of data: Span<UInt8>
  ) throws(APIFailure) -> [Range<Int>?] {
    do throws(JSONError) {
      return try JSONScanner.ranges(of: keys, in: data.extracting(range)).map { found in
        found.map { range.lowerBound + $0.lowerBound..<range.lowerBound + $0.upperBound }
      }
    } catch {
      throw APIFailure(.apiUnavailable, "the answer cannot be taken apart: \(error)")
    }
  }

  /// Adds the elements of a JSON array.
  private mutating func append(_ array: Span<UInt8>, to key: String) {
    let isBlank = { (byte: UInt8) in [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
    var (start, end) = (1, array.count - 1)
    while start < end, isBlank(array[start]) { start += 1 }
    while start < end, isBlank(array[end - 1]) { end -= 1 }
    var list = elements.removeValue(forKey: key) ?? []
    if start < end, !list.isEmpty { list.append(UInt8(ascii: ",")) }
    array.extracting(start..<end).withUnsafeBufferPointer { list.append(contentsOf: $0) }
    elements[key] = list
  }
}

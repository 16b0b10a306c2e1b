internal import CYAML

/// Reads one YAML document into nodes with libyaml. Anchors, aliases and tags are refused: they have no use in a
/// configuration, and aliases can make a short file a huge value.
public struct YAMLReader: ~Copyable {
  public typealias Problem = ConfigError.Problem

  private enum Event {
    case streamStart, streamEnd, documentStart, documentEnd, sequenceStart, sequenceEnd, mappingStart, mappingEnd
    case scalar(YAMLScalar)
    case unsupported
  }

  private static let depthLimit = 16

  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeBufferPointer<UInt8>

  /// - Returns: nil when the file holds nothing but comments.
  public static func read(_ bytes: [UInt8]) throws(Problem) -> YAMLNode? {
    try bytes.withUnsafeBufferPointer { input throws(Problem) -> YAMLNode? in
      var reader = YAMLReader(input)
      return try reader.readDocument()
    }
  }

  private init(_ input: UnsafeBufferPointer<UInt8>) {
    parser = .allocate(capacity: 1)
    self.input = input
    // It fails for want of a few KiB only, which Swift's own allocations do not survive either.
    precondition(yaml_parser_initialize(parser) == 1, "no memory for a YAML parser")
    yaml_parser_set_input_string(parser, input.baseAddress, input.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  private mutating func readDocument() throws(Problem) -> YAMLNode? {
    _ = try next()
    guard case (.documentStart, _) = try next() else { return nil }
    let (event, line) = try next()
    let node = try readNode(event, line: line, depth: 0)
    _ = try next()
    let (end, endLine) = try next()
    guard case .streamEnd = end else {
      throw Problem(line: endLine, key: nil, reason: "a second document begins here; there may be one only")
    }
    return node
  }

  private mutating func readNode(_ event: Event, line: Int, depth: Int) throws(Problem) -> YAMLNode {
    guard depth < Self.depthLimit else {
      throw Problem(line: line, key: nil, reason: "values are nested too deeply")
    }
    switch event {
    case .scalar(let scalar):
      return YAMLNode(line: line, content: .scalar(scalar))
    case .sequenceStart:
      var items: [YAMLNode] = []
      while true {
        let (item, itemLine) = try next()
        if case .sequenceEnd = item { return YAMLNode(line: line, content: .sequence(items)) }
        items.append(try readNode(item, line: itemLine, depth: depth + 1))
      }
    case .mappingStart:
      var entries: [(key: YAMLNode, value: YAMLNode)] = []
      while true {
        let (key, keyLine) = try next()
        if case .mappingEnd = key { return YAMLNode(line: line, content: .mapping(entries)) }
        let keyNode = try readNode(key, line: keyLine, depth: depth + 1)
        let (value, valueLine) = try next()
        entries.append((keyNode, try readNode(value, line: valueLine, depth: depth + 1)))
      }
    default:
      throw Problem(line: line, key: nil, reason: "anchors (&), aliases (*) and tags (!) have no meaning here")
    }
  }

  private mutating func next() throws(Problem) -> (Event, line: Int) {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxProblem }
    defer { yaml_event_delete(&event) }
    return (Self.translate(event), Int(event.start_mark.line) + 1)
  }

  private static func translate(_ event: yaml_event_t) -> Event {
    switch event.type {
    case YAML_STREAM_START_EVENT: return .streamStart
    case YAML_STREAM_END_EVENT: return .streamEnd
    case YAML_DOCUMENT_START_EVENT: return .documentStart
    case YAML_DOCUMENT_END_EVENT: return .documentEnd
    case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
    case YAML_MAPPING_END_EVENT: return .mappingEnd
    case YAML_SEQUENCE_START_EVENT:
      let data = event.data.sequence_start
      return data.anchor == nil && data.tag == nil ? .sequenceStart : .unsupported
    case YAML_MAPPING_START_EVENT:
      let data = event.data.mapping_start
      return data.anchor == nil && data.tag == nil ? .mappingStart : .unsupported
    case YAML_SCALAR_EVENT:
      let data = event.data.scalar
      guard data.anchor == nil, data.tag == nil else { return .unsupported }
      let text = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
      return .scalar(YAMLScalar(text: text, isPlain: data.style == YAML_PLAIN_SCALAR_STYLE))
    default:
      return .unsupported
    }
  }

  /// What libyaml stumbled over.
  private var syntaxProblem: Problem {
    let parser = parser.pointee
    let detail = parser.problem.map { String(cString: $0) } ?? "it cannot be read"
    // The reader of characters knows the byte only, all others the line.
    if parser.error == YAML_READER_ERROR {
      let line = input.prefix(parser.problem_offset).count { $0 == UInt8(ascii: "\n") } + 1
      return Problem(line: line, key: nil, reason: "this is not UTF-8 text: \(detail)")
    }
    let line = Int(parser.problem_mark.line)
    let hint = isIndentedByTab(line) ? " (indent with spaces, not with tabs)" : ""
    return Problem(line: line + 1, key: nil, reason: "this is not valid YAML: \(detail)\(hint)")
  }

  /// - Parameter line: counts from 0.
  private func isIndentedByTab(_ line: Int) -> Bool {
    let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: line + 1, omittingEmptySubsequences: false)
    guard lines.indices.contains(line) else { return false }
    return lines[line].prefix { [UInt8(ascii: " "), UInt8(ascii: "\t")].contains($0) }.contains(UInt8(ascii: "\t"))
  }
}

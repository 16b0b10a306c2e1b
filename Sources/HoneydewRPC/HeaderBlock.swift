internal import CNGHTTP2

/// One received block of header fields, as bytes in one piece of memory.
struct HeaderBlock {
  /// What is wrong with a block that HTTP/2 does not allow (RFC 9113 §8.2, §8.3).
  enum Malformation {
    case illegalName, illegalValue, connectionSpecific, pseudoFieldAfterRegular
  }

  private struct Field {
    let known: KnownField?
    let start, nameLength, valueLength: Int32
  }

  private var bytes: [UInt8] = []
  private var fields: [Field] = []
  /// The size as SETTINGS_MAX_HEADER_LIST_SIZE counts it: 32 and the lengths for every field (RFC 9113 §6.5.2).
  private(set) var listSize = 0
  private(set) var malformation: Malformation?
  private var hasRegularField = false
  private let maxListSize: Int

  /// A block keeps no field beyond `maxListSize`; `isTooLarge` tells.
  init(maxListSize: Int) {
    self.maxListSize = maxListSize
  }

  var isTooLarge: Bool { listSize > maxListSize }
  /// The bytes of memory that are held.
  var heldBytes: Int { bytes.capacity + fields.capacity * MemoryLayout<Field>.stride }

  mutating func add(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    listSize += 32 + name.count + value.count
    guard !isTooLarge else { return }
    let known = KnownField(name)
    check(name, known, value)
    if bytes.isEmpty {
      bytes.reserveCapacity(256)
      fields.reserveCapacity(12)
    }
    fields.append(
      Field(
        known: known, start: Int32(bytes.count), nameLength: Int32(name.count), valueLength: Int32(value.count)))
    bytes.append(contentsOf: name)
    bytes.append(contentsOf: value)
  }

  /// Makes room for another block.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    listSize = 0
    malformation = nil
    hasRegularField = false
  }

  /// nghttp2's own checks are off (they refuse an `:authority` with a slash), so the rules are applied here.
  private mutating func check(
    _ name: UnsafeBufferPointer<UInt8>, _ known: KnownField?, _ value: UnsafeBufferPointer<UInt8>
  ) {
    let isPseudo = name.first == UInt8(ascii: ":")
    if isPseudo && hasRegularField { malformation = .pseudoFieldAfterRegular }
    if !isPseudo { hasRegularField = true }
    if known == nil, nghttp2_check_header_name(name.baseAddress, name.count) == 0 {
      malformation = .illegalName
    } else if !value.isEmpty, nghttp2_check_header_value(value.baseAddress, value.count) == 0 {
      malformation = .illegalValue
    } else if known == .connection || known == .transferEncoding {
      malformation = .connectionSpecific
    }
  }

  /// The first value of a field.
  subscript(known: KnownField) -> ArraySlice<UInt8>? {
    for field in fields where field.known == known { return value(of: field) }
    return nil
  }

  /// The first value of a field as text.
  func text(_ known: KnownField) -> String? {
    self[known].map { String(decoding: $0, as: UTF8.self) }
  }

  /// How often a field is there.
  func count(of known: KnownField) -> Int {
    fields.count { $0.known == known }
  }

  /// The fields that belong to the application. A `-bin` field that is no base64 is left out; several values joined by
  /// commas come apart.
  var metadata: Metadata {
    var metadata = Metadata()
    for field in fields where field.known == nil {
      let name = bytes[Int(field.start)..<Int(field.start + field.nameLength)]
      guard Metadata.isCustom(name) else { continue }
      let key = String(decoding: name, as: UTF8.self)
      if key.hasSuffix("-bin") {
        for part in value(of: field).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
          let text = part.drop { $0 == UInt8(ascii: " ") }
          if let bytes = Base64.decode(text) { metadata.addReceived(key, .bytes(bytes)) }
        }
      } else {
        metadata.addReceived(key, .text(String(decoding: value(of: field), as: UTF8.self)))
      }
    }
    return metadata
  }

  private func value(of field: Field) -> ArraySlice<UInt8> {
    let start = Int(field.start + field.nameLength)
    return bytes[start..<start + Int(field.valueLength)]
  }
}

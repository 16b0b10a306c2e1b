internal import CNGHTTP2

/// Header fields on their way out, in memory that is used again for the next block.
struct HeaderList {
  private var bytes: [UInt8] = []
  private var lengths: [(name: Int, value: Int)] = []

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
  }

  mutating func add(_ name: StaticString, _ value: StaticString) {
    add(
      UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
      UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
  }

  mutating func add(_ name: StaticString, _ value: some Collection<UInt8>) {
    add(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), value)
  }

  /// Adds metadata; bytes travel as base64. A text that HTTP/2 cannot carry is left out.
  mutating func add(_ metadata: Metadata) {
    for field in metadata.fields {
      switch field.value {
      case .text(let text):
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 <= 0x7E }) { add(field.name.utf8, text.utf8) }
      case .bytes(let bytes): add(field.name.utf8, Base64.encode(bytes))
      }
    }
  }

  /// Adds `grpc-status` and what belongs to it.
  mutating func add(_ status: Status) {
    let status = status.fittingTrailers
    if status.isOK, status.message.isEmpty {
      add("grpc-status", "0")
    } else {
      add("grpc-status", String(status.code.rawValue).utf8)
      if !status.message.isEmpty { add("grpc-message", PercentEncoding.encode(status.message)) }
    }
    if let details = status.details { add("grpc-status-details-bin", Base64.encode(details)) }
  }

  private mutating func add(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>) {
    bytes.append(contentsOf: name)
    bytes.append(contentsOf: value)
    lengths.append((name.count, value.count))
  }

  /// The fields as nghttp2 takes them; it copies what it keeps.
  mutating func withFields<Result>(_ body: (UnsafePointer<nghttp2_nv>, Int) -> Result) -> Result {
    let lengths = lengths
    return bytes.withUnsafeMutableBufferPointer { bytes in
      withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: lengths.count) { fields in
        var next = bytes.baseAddress
        for (index, length) in lengths.enumerated() {
          let value = next.map { $0 + length.name }
          fields.initializeElement(
            at: index,
            to: nghttp2_nv(
              name: next, value: value, namelen: length.name, valuelen: length.value,
              flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
          next = value.map { $0 + length.value }
        }
        return body(UnsafePointer(fields.baseAddress!), lengths.count)
      }
    }
  }
}

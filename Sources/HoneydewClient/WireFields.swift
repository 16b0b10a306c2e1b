/// The fields of an encoded message by number, for a reader that has no generated type. Only for bytes that our own
/// encoder or generator wrote: what is broken ends the reading.
struct WireFields {
  struct Value {
    let number: UInt64
    let bytes: ArraySlice<UInt8>

    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  /// What a field holds that is not there.
  static let zero = Value(number: 0, bytes: [])

  private var values: [(field: Int, value: Value)] = []

  init(_ bytes: some Collection<UInt8>) {
    var rest = Array(bytes)[...]
    while let tag = WireFields.varint(&rest) {
      switch tag & 7 {
      case 0: values.append((Int(tag >> 3), Value(number: WireFields.varint(&rest) ?? 0, bytes: [])))
      case 1: rest = rest.dropFirst(8)
      case 2:
        let count = Int(clamping: WireFields.varint(&rest) ?? 0)
        values.append((Int(tag >> 3), Value(number: 0, bytes: rest.prefix(count))))
        rest = rest.dropFirst(count)
      case 5: rest = rest.dropFirst(4)
      default: return
      }
    }
  }

  func all(_ field: Int) -> [Value] { values.filter { $0.field == field }.map(\.value) }
  func last(_ field: Int) -> Value? { values.last { $0.field == field }?.value }

  private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = rest.popFirst(), shift < 64 {
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return result }
      shift += 7
    }
    return nil
  }
}

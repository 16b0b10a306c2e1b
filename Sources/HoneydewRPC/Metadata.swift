/// The custom header fields of a call: an ordered multimap whose names ignore case.
///
/// A field whose name ends in `-bin` holds bytes, every other one holds printable ASCII (gRPC "HTTP/2 transport
/// mapping", Custom-Metadata). Names of gRPC itself (`grpc-…`, `:…`, `content-type`, `te`) are not metadata.
public struct Metadata: Equatable, Sendable {
  public enum Value: Equatable, Sendable {
    case text(String)
    case bytes([UInt8])
  }

  public struct Field: Equatable, Sendable {
    /// In lower case.
    public let name: String
    public let value: Value
  }

  /// In the order in which they were added or received.
  public private(set) var fields: [Field] = []

  public init() {}

  public var isEmpty: Bool { fields.isEmpty }

  /// Adds a text field.
  ///
  /// - Precondition: `name` is a legal field name that neither ends in `-bin` nor belongs to gRPC.
  public mutating func add(_ name: String, _ value: String) {
    let name = name.lowercased()
    precondition(!name.hasSuffix("-bin") && Metadata.isCustom(name.utf8), "\(name) cannot be a text field")
    fields.append(Field(name: name, value: .text(value)))
  }

  /// Adds a field of bytes.
  ///
  /// - Precondition: `name` is a legal field name that ends in `-bin` and does not belong to gRPC.
  public mutating func add(_ name: String, bytes: [UInt8]) {
    let name = name.lowercased()
    precondition(name.hasSuffix("-bin") && Metadata.isCustom(name.utf8), "\(name) cannot be a field of bytes")
    fields.append(Field(name: name, value: .bytes(bytes)))
  }

  /// Adds what came from the peer, whose names are checked already.
  mutating func addReceived(_ name: String, _ value: Value) {
    fields.append(Field(name: name, value: value))
  }

  /// The first text under `name`, whatever the case of the name.
  public func text(_ name: String) -> String? {
    for field in fields where field.name == name.lowercased() {
      if case .text(let text) = field.value { return text }
    }
    return nil
  }

  /// The first bytes under `name`, whatever the case of the name.
  public func bytes(_ name: String) -> [UInt8]? {
    for field in fields where field.name == name.lowercased() {
      if case .bytes(let bytes) = field.value { return bytes }
    }
    return nil
  }

  /// Every value under `name`, in order.
  public subscript(name: String) -> [Value] {
    let name = name.lowercased()
    return fields.lazy.filter { $0.name == name }.map(\.value)
  }

  /// Whether a lower-case name is legal and the application's to use.
  static func isCustom(_ name: some Collection<UInt8>) -> Bool {
    guard !name.isEmpty, name.allSatisfy(isNameByte) else { return false }
    return !name.starts(with: "grpc-".utf8) && !reserved.contains { $0.elementsEqual(name) }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
    default: false
    }
  }

  private static let reserved: [String.UTF8View] = [
    "content-type".utf8, "te".utf8, "host".utf8, "connection".utf8, "keep-alive".utf8, "proxy-connection".utf8,
    "transfer-encoding".utf8, "upgrade".utf8,
  ]
}

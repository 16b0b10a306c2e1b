/// Encoded fields that a message's definition does not have, tags included, in order of arrival.
public struct UnknownStorage: Equatable, Sendable {
  public private(set) var data: [UInt8] = []

  public init() {}

  @usableFromInline
  mutating func append(_ field: ArraySlice<UInt8>) {
    data.append(contentsOf: field)
  }
}

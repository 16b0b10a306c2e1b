/// A message held by reference, for a field of a message that can contain itself.
public final class Indirect<Value: Message>: Equatable, Sendable {
  public let value: Value

  public init(_ value: Value) {
    self.value = value
  }

  public static func == (left: Indirect, right: Indirect) -> Bool {
    left === right || left.value == right.value
  }
}

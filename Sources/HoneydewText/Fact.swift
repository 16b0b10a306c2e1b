internal import HoneydewCore

/// A name with its value, a line of a description.
public struct Fact: Sendable {
  public let name: String
  public let value: String
  public let style: Style

  /// The value may come from anywhere: it is escaped where it becomes lines.
  public init(_ name: String, _ value: String, _ style: Style = .plain) {
    self.name = name
    self.value = value
    self.style = style
  }

  /// Names with their values, the values one under the other. `limit` is the terminal's width, on which long values go
  /// on in the next line; nil where nothing is broken.
  public static func lines(_ facts: [Fact], width limit: Int?, palette: Palette) -> [String] {
    let column = (facts.map(\.name.count).max() ?? 0) + 2
    return facts.flatMap { fact in
      let value = Sanitizer.printable(fact.value)
      let values = (limit.map { TextWidth.lines(of: value, within: $0 - column) } ?? [value]).map {
        palette.apply(fact.style, to: $0)
      }
      let first = palette.apply(.heading, to: fact.name) + String(repeating: " ", count: column - fact.name.count)
      return [first + values[0]] + values.dropFirst().map { String(repeating: " ", count: column) + $0 }
    }
  }
}

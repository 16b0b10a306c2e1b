/// One measured line, with what it is compared to.
struct Figure {
  var name: String
  var value: Double
  var unit: String
  /// What the same work costs without Honeydew, measured in the same rounds, in the same unit.
  var floor: Double?
  var budget: Budget?

  /// How many times the floor the value is.
  var ratio: Double? { floor.map { value / $0 } }

  var isWithin: Bool? {
    switch budget {
    case nil: nil
    case .ratioUnder(let limit): ratio.map { $0 < limit }
    case .ratioAtLeast(let limit): ratio.map { $0 >= limit }
    case .under(let limit): value < limit
    case .over(let limit): value > limit
    case .zero: value == 0
    }
  }

  enum Budget {
    case ratioUnder(Double), ratioAtLeast(Double)
    case under(Double), over(Double)
    case zero
  }

  /// The budget in words.
  var budgetText: String? {
    switch budget {
    case nil: nil
    case .ratioUnder(let limit): "under \(Self.number(limit)) x"
    case .ratioAtLeast(let limit): "at least \(Self.number(limit)) x"
    case .under(let limit): "under \(Self.number(limit)) \(unit)"
    case .over(let limit): "over \(Self.number(limit)) \(unit)"
    case .zero: "0 \(unit)"
    }
  }

  /// One JSON object: `name`, `value`, `unit`, `floor`, `ratio`, `budget`, `within`; null where there is none.
  var json: String {
    let members = [
      ("name", "\"\(name)\""), ("value", Self.number(value)), ("unit", "\"\(unit)\""),
      ("floor", floor.map(Self.number)), ("ratio", ratio.map(Self.number)),
      ("budget", budgetText.map { "\"\($0)\"" }), ("within", isWithin.map(String.init)),
    ]
    return "{" + members.map { "\"\($0)\": \($1 ?? "null")" }.joined(separator: ", ") + "}"
  }

  /// At most three digits after the point, and none where they say nothing.
  static func number(_ value: Double) -> String {
    let scale: Double = abs(value) < 10 ? 1000 : abs(value) < 1000 ? 10 : 1
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
  }
}

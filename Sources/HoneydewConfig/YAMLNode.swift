/// A value in a YAML file, and where it stands.
public struct YAMLNode {
  public enum Content {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    case mapping([(key: YAMLNode, value: YAMLNode)])
  }

  /// Counts from 1.
  public let line: Int
  public let content: Content

  /// Whether there is nothing: an empty value, `~` or `null` (YAML 1.2, section 10.3.2).
  public var isNull: Bool {
    guard case .scalar(let scalar) = content, scalar.isPlain else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.text)
  }
}

/// A text in a YAML file.
public struct YAMLScalar {
  public let text: String
  /// Whether it stands without quotes, so that it may be a number or a Boolean.
  public let isPlain: Bool

  /// The parts of a text such as `[alice, bob]`, which may stand without its brackets too.
  var items: [String] {
    var text = text[...]
    if text.first == "[", text.last == "]" {
      text = text.dropFirst().dropLast()
      if text.allSatisfy({ $0 == " " }) { return [] }
    }
    return text.split(separator: ",", omittingEmptySubsequences: false).map { item in
      String(item.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }
}

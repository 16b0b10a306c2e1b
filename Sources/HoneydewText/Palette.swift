/// What a piece of text is, which decides how it looks.
public enum Style: Sendable {
  case plain, heading, faint, good, warning, bad
}

/// Whether styles become colours (ECMA-48, select graphic rendition) or nothing.
public struct Palette: Sendable {
  public let isColored: Bool

  public init(isColored: Bool) {
    self.isColored = isColored
  }

  /// The text in the style's colour. It must have been made printable.
  public func apply(_ style: Style, to text: String) -> String {
    guard isColored, let code = code(of: style), !text.isEmpty else { return text }
    return "\u{1b}[\(code)m\(text)\u{1b}[0m"
  }

  private func code(of style: Style) -> String? {
    switch style {
    case .plain: nil
    case .heading: "1"
    case .faint: "2"
    case .good: "32"
    case .warning: "33"
    case .bad: "31"
    }
  }
}

extension Style {
  /// The style of a job's status or a worker's state, by its word.
  public static func of(status: String) -> Style {
    switch status {
    case "completed": .good
    case "failed", "crashed", "backoff": .bad
    case "running", "interrupted", "finishing", "stopping": .warning
    case "cancelled", "stopped": .faint
    default: .plain
    }
  }
}

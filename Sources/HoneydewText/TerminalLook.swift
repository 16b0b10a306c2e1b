internal import HoneydewSystem

/// How text looks on one of the process's streams: a terminal has a width and may have colours, a file or a pipe gets
/// everything and as it is.
public struct TerminalLook: Sendable {
  public let isTerminal: Bool
  /// The width; nil where nothing may be cut.
  public let columns: Int?
  /// Whether the terminal moves its cursor as it is told, so that a line can be drawn again.
  public let canRedraw: Bool
  public let palette: Palette
  /// Whether it is a terminal that shows nothing but ASCII, by its locale.
  public let isASCII: Bool

  /// - Parameters:
  ///   - color: `always`, `never`, or anything else for colours on a terminal that has them.
  ///   - variables: the process's, for `NO_COLOR` (https://no-color.org), `TERM` and the locale.
  public init(fileNumber: Int32, color: String?, variables: [String: String]) {
    isTerminal = Terminal.isTerminal(fileNumber)
    columns = isTerminal ? Terminal.columns(fileNumber) : nil
    isASCII = isTerminal && ASCIIText.isNeeded(variables)
    let isDumb = variables["TERM"] == "dumb"
    canRedraw = isTerminal && !isDumb
    let isColored =
      switch color {
      case "always": true
      case "never": false
      default: isTerminal && !isDumb && variables["NO_COLOR"]?.isEmpty != false
      }
    palette = Palette(isColored: isColored)
  }
}

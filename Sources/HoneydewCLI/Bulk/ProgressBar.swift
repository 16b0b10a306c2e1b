internal import HoneydewText
internal import Glibc
internal import HoneydewSystem

/// A line on a terminal that says how far something is.
struct ProgressBar {
  private static let interval = Duration.milliseconds(100)
  private static let barWidth = 30

  private let console: Console
  private var lastDrawn = Clock.monotonic()
  private var isShown = false

  init(on console: Console) {
    self.console = console
  }

  /// Whether somebody watches, and has not been shown anything for a moment.
  var isDue: Bool { console.hasSpinner && Clock.monotonic() - lastDrawn >= ProgressBar.interval }

  /// - Parameters:
  ///   - text: What has been done, such as `12000 jobs`.
  ///   - share: How much that is of all, from 0 to 1; nil where it is not known.
  mutating func draw(_ text: String, share: Double?) {
    lastDrawn = Clock.monotonic()
    isShown = true
    let line = ProgressBar.line(text, share: share, width: Terminal.columns(STDERR_FILENO) ?? 80)
    console.draw("\r\(line)\u{1b}[K")
  }

  /// Leaves an empty line to whoever writes next.
  mutating func clear() {
    guard isShown else { return }
    isShown = false
    console.draw("\r\u{1b}[K")
  }

  static func line(_ text: String, share: Double?, width: Int) -> String {
    guard let share else { return TextWidth.truncated(text, to: width - 1) }
    let percent = Int(min(max(share, 0), 1) * 100)
    let digits = String(percent)
    let label = String(repeating: " ", count: 3 - digits.count) + digits + "%"
    let full = percent * barWidth / 100
    let bar = String(repeating: "━", count: full) + String(repeating: "┄", count: barWidth - full)
    let long = "\(bar) \(label) \(text)"
    return TextWidth.columns(of: long) < width ? long : TextWidth.truncated("\(label) \(text)", to: width - 1)
  }
}

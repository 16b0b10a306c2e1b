internal import HoneydewCore
internal import HoneydewSystem
internal import HoneydewText

/// A line on a terminal that says what is waited for, and for how long already.
final class Spinner {
  private static let frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
  /// The same in ASCII.
  private static let plainFrames = ["|", "/", "-", "\\"]
  private static let interval = Duration.milliseconds(100)

  /// What is said; escaped.
  private var text: String
  private let frames: [String]
  private let console: Console
  private let loop: EventLoop
  private let start = Clock.monotonic()
  private var frame = 0
  private var timer: TimerToken?

  /// Begins to turn on the loop. What is there within the first interval is never covered.
  init(_ text: String, on console: Console, _ loop: EventLoop) {
    self.console = console
    frames = console.hasASCIIErrors ? Spinner.plainFrames : Spinner.frames
    self.text = ""
    self.loop = loop
    say(text)
    arm()
  }

  /// Says something else from now on.
  func say(_ text: String) {
    let text = Sanitizer.printable(text)
    self.text = console.hasASCIIErrors ? ASCIIText.text(text) : text
  }

  /// Leaves an empty line to whoever writes next, and goes on turning.
  func clear() {
    if frame > 0 { console.draw("\r\u{1b}[K") }
  }

  private func arm() {
    timer = loop.schedule(at: Clock.monotonic() + Spinner.interval) { [unowned self] in
      draw()
      arm()
    }
  }

  private func draw() {
    let seconds = (Clock.monotonic() - start).components.seconds
    let time = seconds > 0 ? " (\(seconds) s)" : ""
    let line = TextWidth.truncated(text, to: (console.errorWidth ?? 80) - 3 - time.count)
    console.draw("\r\(frames[frame % frames.count]) \(line)\(time)\u{1b}[K")
    frame += 1
  }

  /// Ends, and leaves an empty line to whoever writes next.
  func stop() {
    if let timer { loop.cancel(timer) }
    clear()
  }
}

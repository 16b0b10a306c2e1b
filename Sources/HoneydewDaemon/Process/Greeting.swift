internal import HoneydewConfig
internal import HoneydewCore

/// What a daemon says to the person who has started it at a terminal.
enum Greeting {
  static func text(home: Home, _ settings: Settings) -> String {
    let socket = settings.daemon.socketPath
    // Who says nothing else to the command means this daemon.
    let isUsual = home.isUsual && socket == home.socket
    let command = "honeydew \(isUsual ? "" : "--socket \(ShellWord.word(socket)) ")shutdown"
    return """
      honeydewd \(HoneydewVersion.current) listens at \(Sanitizer.printable(socket)); its log is \(Sanitizer.printable(settings.logging.file))
      Stop it with Ctrl-C, or from anywhere with: \(Sanitizer.printable(command))

      """
  }
}

internal import HoneydewConfig
internal import HoneydewCore

/// What a daemon says to the person who has started it at a terminal.
enum Greeting {
  static func text(home: Home, _ settings: Settings) -> String {
    let socket = settings.daemon.socketPath
    let options = socket == home.socket ? home.options : "--socket \(ShellWord.word(socket)) "
    let command = "honeydew \(options)shutdown"
    return """
      honeydewd \(HoneydewVersion.current) listens at \(Sanitizer.printable(socket)); its log is \(Sanitizer.printable(settings.logging.file))
      Stop it with Ctrl-C, or from anywhere with: \(Sanitizer.printable(command))

      """
  }
}

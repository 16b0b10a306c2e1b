internal import CLinux
import Glibc

/// The terminal of a person.
public enum Terminal {
  public static func isTerminal(_ fileNumber: Int32) -> Bool { isatty(fileNumber) == 1 }

  /// The width in characters; nil when the descriptor is no terminal or the terminal does not say.
  public static func columns(_ fileNumber: Int32) -> Int? {
    let columns = honeydew_terminal_columns(fileNumber)
    return columns > 0 ? Int(columns) : nil
  }

  /// Writes a text for a person, where there is one: not to a file or a pipe, and not to a terminal that takes nothing
  /// now, such as one that Ctrl-S holds, for which nobody should wait, or that stops who writes in the background.
  public static func tell(_ text: String, on fileNumber: Int32) {
    var ready = pollfd(fd: fileNumber, events: Int16(POLLOUT), revents: 0)
    guard isTerminal(fileNumber), poll(&ready, 1, 0) == 1, ready.revents & Int16(POLLOUT) != 0,
      !stopsBackgroundWriters(fileNumber) || tcgetpgrp(fileNumber) == getpgrp()
    else { return }
    try? FileDescriptor(duplicating: fileNumber).writeAll(Array(text.utf8))
  }

  /// `stty tostop`
  private static func stopsBackgroundWriters(_ fileNumber: Int32) -> Bool {
    var settings = termios()
    return tcgetattr(fileNumber, &settings) == 0 && settings.c_lflag & tcflag_t(TOSTOP) != 0
  }

  /// Why there is no password.
  public enum Failure: Error, Equatable, Sendable {
    /// A signal came, such as SIGINT for Ctrl-C; the terminal is as it was before.
    case interrupted(signal: Int32)
    /// The input ended (Ctrl-D) before a line did.
    case endOfFile
    /// `ENXIO` when the process has no terminal.
    case failed(Errno)
  }

  /// Asks for a line on the controlling terminal without showing it.
  public static func readPassword(prompt: String) throws(Failure) -> String {
    let terminal: FileDescriptor
    do {
      terminal = try Files.open("/dev/tty", flags: O_RDWR | O_NOCTTY)
    } catch {
      throw .failed(error)
    }
    return try readPassword(prompt: prompt, on: terminal)
  }

  static func readPassword(prompt: String, on terminal: borrowing FileDescriptor) throws(Failure) -> String {
    // Signals wait in a descriptor, so that none ends the process while the echo is off. Ctrl-Z is ignored.
    let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let result: Result<String, Failure>
    do {
      let delivery = FileDescriptor(
        owning: try systemCall("signalfd") { honeydew_signal_open(signals, Int32(signals.count)) })
      let number = terminal.fileNumber
      var shown = termios()
      try systemCall("tcgetattr") { tcgetattr(number, &shown) }
      var hidden = shown
      hidden.c_lflag &= ~tcflag_t(ECHO)
      hidden.c_lflag |= tcflag_t(ICANON | ISIG | ECHONL)
      try systemCall("tcsetattr") { tcsetattr(number, TCSADRAIN, &hidden) }
      defer { tcsetattr(number, TCSADRAIN, &shown) }
      try terminal.writeAll(Array(prompt.utf8))
      result = try line(from: number, unless: delivery.fileNumber)
    } catch {
      throw .failed(error)
    }
    return try result.get()
  }

  private static func line(from terminal: Int32, unless signals: Int32) throws(Errno) -> Result<String, Failure> {
    var waiting = [terminal, signals].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while true {
      try systemCall("poll") { poll(&waiting, 2, -1) }
      var delivered = honeydew_signal()
      if honeydew_signal_read(signals, &delivered) == 1 {
        guard delivered.signal == SIGTSTP else { return .failure(.interrupted(signal: delivered.signal)) }
        continue
      }
      // In canonical mode one read is one line, of at most 4096 bytes.
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = try systemCall("read") { read(terminal, &bytes, bytes.count) }
      guard count > 0 else { return .failure(.endOfFile) }
      let content = bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }
      guard let text = String(validating: content, as: UTF8.self) else { throw Errno(EILSEQ, call: "read") }
      return .success(text)
    }
  }
}

import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct TerminalTests {
  @Test func `a password is read without being shown`() throws {
    let terminal = try PseudoTerminal()
    let before = try terminal.attributes
    // Somebody who waits for the question, answers it, and writes down what the screen shows from then on.
    let screen = try Ends()
    let person = try shell(
      "head -c 10 <&3 >/dev/null; printf 'pässword\\n' >&3; head -c 2 <&3; printf done; timeout 0.05 cat <&3",
      environment: ["PATH=/usr/bin:/bin"], channel: terminal.master.fileNumber, output: screen.theirs.fileNumber)
    #expect(try Terminal.readPassword(prompt: "Password: ", on: terminal.slave) == "pässword")
    _ = try end(of: person)
    #expect(shutdown(screen.theirs.fileNumber, Int32(SHUT_RDWR)) == 0)
    #expect(try readAll(try screen.ours.duplicate()) == "\r\ndone")
    try expectSame(terminal, before)
  }

  @Test func `a line that was typed ahead is taken`() throws {
    let terminal = try PseudoTerminal()
    try terminal.type("secret\nmore\n")
    #expect(try Terminal.readPassword(prompt: "", on: terminal.slave) == "secret")
    #expect(try Terminal.readPassword(prompt: "", on: terminal.slave) == "more")
  }

  @Test func `an empty line is an empty password, and the end of input is none`() throws {
    let terminal = try PseudoTerminal()
    let before = try terminal.attributes
    try terminal.type("\n")
    #expect(try Terminal.readPassword(prompt: "", on: terminal.slave) == "")
    try terminal.type("\u{4}")
    #expect(throws: Terminal.Failure.endOfFile) { try Terminal.readPassword(prompt: "", on: terminal.slave) }
    try expectSame(terminal, before)
  }

  @Test func `what is no text is refused`() throws {
    let terminal = try PseudoTerminal()
    let before = try terminal.attributes
    try terminal.master.writeAll([0xFF, 0x0A])
    #expect(throws: Terminal.Failure.failed(Errno(EILSEQ, call: "read"))) {
      try Terminal.readPassword(prompt: "", on: terminal.slave)
    }
    try expectSame(terminal, before)
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT])
  func `a signal ends the question and restores the terminal`(signal: Int32) async {
    await #expect(processExitsWith: .success) { [signal = signal as Int32] in
      let terminal = try PseudoTerminal()
      let before = try terminal.attributes
      var mask = sigset_t()
      sigemptyset(&mask)
      sigaddset(&mask, signal)
      pthread_sigmask(SIG_BLOCK, &mask, nil)
      pthread_kill(pthread_self(), signal)
      let result = Result { () throws(Terminal.Failure) in
        try Terminal.readPassword(prompt: "Password: ", on: terminal.slave)
      }
      #expect(result == .failure(.interrupted(signal: signal)))
      #expect(try terminal.screen() == "Password: ")
      try expectSame(terminal, before)
      var pending = sigset_t()
      sigpending(&pending)
      #expect(sigismember(&pending, signal) == 0)
    }
  }

  @Test func `signals are received as before when the answer is there`() throws {
    let terminal = try PseudoTerminal()
    try terminal.type("secret\n")
    var before = sigset_t()
    var after = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &before)
    _ = try Terminal.readPassword(prompt: "", on: terminal.slave)
    pthread_sigmask(SIG_BLOCK, nil, &after)
    for signal in 1...64 { #expect(sigismember(&before, Int32(signal)) == sigismember(&after, Int32(signal))) }
  }

  @Test func `what is no terminal cannot be asked`() throws {
    let pair = try Ends()
    #expect(throws: Terminal.Failure.failed(Errno(ENOTTY, call: "tcgetattr"))) {
      try Terminal.readPassword(prompt: "", on: pair.theirs)
    }
    #expect(!Terminal.isTerminal(pair.ours.fileNumber))
    #expect(Terminal.columns(pair.ours.fileNumber) == nil)
  }

  @Test func `a terminal tells its width when it has one`() throws {
    let terminal = try PseudoTerminal()
    let number = terminal.slave.fileNumber
    #expect(Terminal.isTerminal(number))
    #expect(Terminal.columns(number) == nil)
    var size = winsize(ws_row: 24, ws_col: 123, ws_xpixel: 0, ws_ypixel: 0)
    #expect(ioctl(terminal.master.fileNumber, UInt(TIOCSWINSZ), &size) == 0)
    #expect(Terminal.columns(number) == 123)
  }
}

private func expectSame(_ terminal: PseudoTerminal, _ before: termios) throws {
  let after = try terminal.attributes
  #expect(after.c_lflag == before.c_lflag)
  #expect(after.c_iflag == before.c_iflag && after.c_oflag == before.c_oflag)
}

import HoneydewCore
import Testing

@Suite struct LogCopyAnswerTests {
  @Test(arguments: [
    LogCopyAnswer.copied(0, of: 12), .restarted(frames: 3), .held, .failed("/x: the disk is full. Free some"),
    .failed(""), .syncFailed("EIO"), .damaged("/x: a page"),
  ])
  func `An answer is one line, and comes back from it`(answer: LogCopyAnswer) {
    #expect(!answer.line.contains("\n"))
    #expect(LogCopyAnswer(line: answer.line) == answer)
  }

  @Test func `A text of several lines becomes one`() {
    #expect(LogCopyAnswer.failed("a\nb").line == "failed a b")
  }

  @Test(arguments: ["", "copied 1", "copied 1 x", "copied 1 2 3", "restarted", "restarted x", "held 1", "what"])
  func `Anything else is no answer`(line: String) {
    #expect(LogCopyAnswer(line: line) == nil)
  }
}

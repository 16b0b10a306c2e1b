import HoneydewCore
import Testing

@Suite struct Backoffs {
  @Test(arguments: [(0, 1), (1, 2), (2, 4), (8, 256), (9, 300), (1_000_000, 300)])
  func `double up to five minutes`(failures: Int, seconds: Int) {
    #expect(Backoff.jobs.delay(failures: failures, jitter: 0) == .seconds(seconds))
  }

  @Test func `add at most a tenth of jitter`() {
    let delay = Backoff.jobs.delay(failures: 0, jitter: 0.999)
    #expect(delay > .milliseconds(1099) && delay < .milliseconds(1100))
  }
}

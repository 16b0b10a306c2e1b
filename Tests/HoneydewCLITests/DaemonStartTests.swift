import Testing

@testable import HoneydewCLI

@Suite("The start of a daemon by a command") struct DaemonStartTests {
  @Test("passes on the environment, without what names this command's daemon or speaks to this process alone")
  func environment() {
    let ours = [
      "HONEYDEW_HOME": "/h", "HONEYDEW_INSTANCE": "blue", "HONEYDEW_SOCKET": "/s", "NOTIFY_SOCKET": "/run/notify",
      "WATCHDOG_USEC": "1", "WATCHDOG_PID": "2", "LISTEN_FDS": "1", "LISTEN_PID": "3", "LISTEN_FDNAMES": "x",
      "CREDENTIALS_DIRECTORY": "/run/credentials", "JOURNAL_STREAM": "8:1", "INVOCATION_ID": "ab",
    ]
    let kept = [
      "HOME": "/home/ada", "HONEYDEW_CONFIG": "/c.yaml", "HONEYDEW_QUEUE_WORKERS": "2", "PATH": "/bin", "TZ": "",
    ]
    #expect(
      DaemonStart.environment(ours.merging(kept) { $1 }) == [
        "HOME=/home/ada", "HONEYDEW_CONFIG=/c.yaml", "HONEYDEW_QUEUE_WORKERS=2", "PATH=/bin", "TZ=",
      ])
  }
}

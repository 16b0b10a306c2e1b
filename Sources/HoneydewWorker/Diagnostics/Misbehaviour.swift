import Glibc
internal import HoneydewWire

/// Ends the process in the middle of the job.
func crashRunner(_ request: DiagnosticRequest) -> SleepRunner {
  SleepRunner(for: request.milliseconds("afterMs") ?? .zero) {
    switch request.string("how") {
    case "abort": abort()
    case "exit": exit(Int32(truncatingIfNeeded: request.int("exitCode") ?? 0))
    default: kill(getpid(), SIGKILL)
    }
    goDeaf()
  }
}

func hangRunner(_ request: DiagnosticRequest) -> ScriptedRunner {
  ScriptedRunner { _ in
    if request.flag("ignoreTerm") { signal(SIGTERM, SIG_IGN) }
    if request.flag("spin") {
      while true {}
    }
    goDeaf()
  }
}

/// Writes what no worker may write, then waits to be killed.
func garbageRunner(_ request: DiagnosticRequest, _ channel: Channel) -> ScriptedRunner {
  ScriptedRunner { _ in
    do throws(ChannelError) {
      switch request.string("kind") {
      case "half": try channel.send([100, 0, 0, 0, 0x0A, 0x01])
      case "oversized": try channel.send([0xFF, 0xFF, 0xFF, 0x7F] + [UInt8](repeating: 0, count: 1000))
      case "empty": try channel.send([0, 0, 0, 0])
      case "undecodable": try channel.send([4, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF])
      case "wrongJob":
        try channel.send(
          .result(
            .with {
              $0.jobID = "aaaaaaaaaaaaa"
              $0.attempt = request.attempt.attempt
              $0.data = Array("{}".utf8)
            }))
      default: try channel.send((0..<4096).map { _ in UInt8.random(in: .min ... .max) })
      }
    } catch {
      // The daemon hung up in the middle of it: that is what the command is for.
    }
    goDeaf()
  }
}

/// Hears nothing and says nothing until a signal ends the process.
func goDeaf() -> Never {
  while true { pause() }
}

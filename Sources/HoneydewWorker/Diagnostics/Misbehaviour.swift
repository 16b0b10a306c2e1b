import Glibc
internal import HoneydewFrames
internal import HoneydewProtobuf

/// Ends the process in the middle of the job.
func crashRunner(_ request: DiagnosticRequest, _ channel: Channel) -> SleepRunner {
  SleepRunner(for: request.milliseconds("afterMs") ?? .zero) {
    misbehave(channel) {
      switch request.string("how") {
      case "abort": abort()
      case "exit": exit(Int32(truncatingIfNeeded: request.int("exitCode") ?? 0))
      default: kill(getpid(), SIGKILL)
      }
    }
  }
}

func hangRunner(_ request: DiagnosticRequest, _ channel: Channel) -> ScriptedRunner {
  ScriptedRunner { _ in
    misbehave(channel) {
      if request.flag("ignoreTerm") { signal(SIGTERM, SIG_IGN) }
      if request.flag("spin") {
        while true {}
      }
    }
  }
}

/// Writes what no worker may write, then waits to be killed.
func garbageRunner(_ request: DiagnosticRequest, _ channel: Channel) -> ScriptedRunner {
  ScriptedRunner { _ in
    misbehave(channel) {
      switch request.string("kind") {
      case "half": channel.queue([100, 0, 0, 0, 0x0A, 0x01])
      case "oversized": channel.queue([0xFF, 0xFF, 0xFF, 0x7F] + [UInt8](repeating: 0, count: 1000))
      case "empty": channel.queue([0, 0, 0, 0])
      case "undecodable": channel.queue([4, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF])
      case "wrongJob":
        try? channel.queue(
          .result(
            .with {
              $0.jobID = "aaaaaaaaaaaaa"
              $0.attempt = request.attempt.attempt
              $0.data = Array("{}".utf8)
            }))
      default: channel.queue((0..<4096).map { _ in UInt8.random(in: .min ... .max) })
      }
      // The daemon may hang up in the middle of it: that is what the command is for.
      try? channel.flush()
    }
  }
}

/// Tells the daemon that the job has begun, does the harm, then neither reads nor writes until a signal ends the process.
func misbehave(_ channel: Channel, _ harm: () -> Void) -> Never {
  try? channel.flush()
  harm()
  while true { pause() }
}

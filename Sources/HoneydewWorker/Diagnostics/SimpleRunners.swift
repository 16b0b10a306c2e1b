internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewSystem

/// Does everything in its first step.
final class ScriptedRunner: CommandRunner {
  private let script: (_ now: Duration) -> Outcome

  init(_ script: @escaping (_ now: Duration) -> Outcome) {
    self.script = script
  }

  func step(now: Duration) -> Outcome? { script(now) }

  var pause: Pause { .until(.zero) }

  func abort(_ cut: Cut, now: Duration) -> Bool? { true }
}

/// Waits, then ends with what `completion` answers.
final class SleepRunner: CommandRunner {
  private let end: Duration
  private let completion: () -> Outcome

  init(for duration: Duration, completion: @escaping () -> Outcome) {
    end = Clock.monotonic() + duration
    self.completion = completion
  }

  func step(now: Duration) -> Outcome? { now >= end ? completion() : nil }

  var pause: Pause { .until(end) }

  func abort(_ cut: Cut, now: Duration) -> Bool? { true }
}

/// A result of exactly so many bytes, but enough for an object, or one that holds `echo`.
func noopRunner(_ request: DiagnosticRequest) -> ScriptedRunner {
  ScriptedRunner { _ in
    if let count = request.int("bytes") {
      let frame = Array("{\"bytes\":\"\"}".utf8)
      let filler = [UInt8](repeating: UInt8(ascii: "x"), count: max(0, Int(min(count, 1 << 30)) - frame.count))
      return .data(frame.dropLast(2) + filler + frame.suffix(2))
    }
    let members = request.string("echo").map { [JSONValue.Member("echo", .string($0))] } ?? []
    return .data(JSONValue.object(members).serialized)
  }
}

func failRunner(_ request: DiagnosticRequest) -> ScriptedRunner {
  ScriptedRunner { _ in
    if let last = request.int("succeedAfter"), Int64(request.attempt.attempt) > last {
      return .data(Array("{}".utf8))
    }
    return .failure(
      APIFailure(
        request.string("code").flatMap(ErrorCode.init) ?? .apiError, request.string("text") ?? "failed on request",
        wasNotSent: request.flag("notSent"), isPermanent: request.flag("permanent"),
        retryAfter: request.milliseconds("retryAfterMs")))
  }
}

/// Takes memory in steps, and reads the daemon's messages between them.
final class LeakRunner: CommandRunner {
  private static let stepBytes = 16 << 20
  private static let interval = Duration.milliseconds(10)

  private let limit: Int64?
  private var blocks: [UnsafeMutableRawPointer] = []
  private var next = Duration.zero

  /// - Parameter megabytes: where to stop and complete; nil goes on until the process is stopped.
  init(megabytes: Int64?) {
    limit = megabytes.map { min(max($0, 0), 1 << 40) << 20 }
  }

  deinit { blocks.forEach { $0.deallocate() } }

  func step(now: Duration) -> Outcome? {
    if let limit, Int64(blocks.count * Self.stepBytes) >= limit { return .data(Array("{}".utf8)) }
    if now >= next {
      let block = UnsafeMutableRawPointer.allocate(byteCount: Self.stepBytes, alignment: 4096)
      // Every page is written, or the kernel would not give it.
      block.initializeMemory(as: UInt8.self, repeating: 0xA5, count: Self.stepBytes)
      blocks.append(block)
      next = now + Self.interval
    }
    return nil
  }

  var pause: Pause { .until(next) }

  func abort(_ cut: Cut, now: Duration) -> Bool? { true }
}

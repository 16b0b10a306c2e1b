// A worker that was taken over after it had entered its sandbox: it does what the payload of its job says, and reports.
internal import Glibc
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewJSON
internal import HoneydewProtobuf
internal import HoneydewWorker
internal import HostileAttacks

guard let grant = try WorkerProcess.giveUp(WorkerOptions(Array(CommandLine.arguments.dropFirst()))) else { exit(0) }

func send(_ message: Honeydew_Worker_FromWorker.OneOf_Message) throws {
  sendBytes(try Frame.encode(Honeydew_Worker_FromWorker.with { $0.message = message }))
}

func sendBytes(_ bytes: [UInt8]) {
  var sent = 0
  while sent < bytes.count {
    let count = bytes[sent...].withUnsafeBytes { write(3, $0.baseAddress, $0.count) }
    guard count > 0 else { exit(1) }
    sent += count
  }
}

func report(_ text: String, of run: Honeydew_Worker_Run) throws {
  try send(
    .result(
      .with {
        $0.jobID = run.jobID
        $0.attempt = run.attempt
        $0.data = JSONValue.object([.init("result", .string(text))]).serialized
      }))
}

func answerSpooled(_ size: UInt64, of run: Honeydew_Worker_Run) throws {
  try send(
    .result(
      .with {
        $0.jobID = run.jobID
        $0.attempt = run.attempt
        $0.spooled = .with { $0.size = size }
      }))
}

func carryOut(_ words: [String], _ run: Honeydew_Worker_Run) throws {
  switch words.first {
  case "flood":
    while true { try send(.started(.with { ($0.jobID, $0.attempt) = (run.jobID, run.attempt) })) }
  case "flood-of-progress":
    let text = String(repeating: "x", count: 900_000)
    while true { try send(.progress(.with { ($0.jobID, $0.attempt, $0.text) = (run.jobID, run.attempt, text) })) }
  case "print":
    let line = Array("{\"level\":\"info\",\"message\":\"forged\"}\n".utf8)
    for number: Int32 in [1, 2] { _ = write(number, line, line.count) }
    try report("printed", of: run)
  case "spooled": try answerSpooled(UInt64(words[1]) ?? 0, of: run)
  case "spooled-pipe":
    // Another file under the number that the result's file had: what the daemon holds is not changed by it.
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    try answerSpooled(300_000, of: run)
  case "unknown-code":
    try send(
      .result(
        .with {
          ($0.jobID, $0.attempt) = (run.jobID, run.attempt)
          $0.failure = .with { $0.code = String(repeating: "CODE", count: 100_000) }
        }))
  case "grant": try report("\(grant.landlock) \(grant.filtersCalls)", of: run)
  case let name?:
    let failure = honeydew_attack(name, words.count > 1 ? words[1] : "", words.count > 2 ? words[2] : "")
    try report(
      failure == 0 ? "succeeded" : failure < 0 ? "no such attack" : String(cString: honeydew_error_name(failure)),
      of: run)
  case nil: try report("nothing to do", of: run)
  }
}

try send(
  .ready(
    .with {
      $0.protocolVersion = WorkerProtocol.version
      $0.version = "hostile"
      $0.usage.residentBytes = 1 << 20
      $0.sandbox = .with { ($0.landlock, $0.filtersCalls) = (UInt32(grant.landlock), grant.filtersCalls) }
    }))
var decoder = FrameDecoder()
var buffer = [UInt8](repeating: 0, count: 1 << 16)
while true {
  let count = read(3, &buffer, buffer.count)
  guard count > 0 else { exit(0) }
  buffer[..<count].withUnsafeBytes { decoder.append($0) }
  while let frame = try decoder.next() {
    switch try Honeydew_Worker_ToWorker(serializedBytes: frame).message {
    case .run(let run):
      let order = try JSONValue(parsing: run.payload)["echo"]?.string ?? ""
      try carryOut(order.split(separator: " ").map { String($0) }, run)
    case .exit: exit(0)
    default: break
    }
  }
}

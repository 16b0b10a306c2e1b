import HoneydewProtobuf
import HoneydewSystem

/// One call made again and again by h2load, nghttp2's load generator: a client that we did not write, that reads the
/// answers and counts their bytes.
///
/// It takes a failed call for a success, because gRPC tells of a failure in the trailers; but then there is no message.
struct HTTPLoad {
  private let program: String
  private let options: [String]
  /// Of the answer's message with its prefix.
  private let answerBytes: Int

  /// - Parameter answer: one answer of the call, as long as all the others are.
  init(_ session: Session, method: String, request: some Message, answer: some Message) throws {
    program = try Program.find("h2load")
    let body = session.daemon.home + "/\(method).body"
    try Files.writeAtomically(Self.framed(try request.serializedBytes()), to: body, mode: 0o600)
    answerBytes = Self.framed(try answer.serializedBytes()).count
    options = [
      "--base-uri=unix:\(session.daemon.socket)", "--data=\(body)", "--header=content-type: application/grpc",
      "--header=te: trailers", "http://localhost/honeydew.Daemon/\(method)",
    ]
  }

  /// A message with its prefix: not compressed, and its length.
  private static func framed(_ message: [UInt8]) -> [UInt8] {
    [0] + withUnsafeBytes(of: UInt32(message.count).bigEndian, Array.init) + message
  }

  /// Makes so many calls, by so many clients with one at a time each.
  ///
  /// - Returns: microseconds a call, as h2load has measured.
  func run(calls: Int, clients: Int) throws -> Double {
    let text = try Program.output(
      of: program, ["--requests=\(calls)", "--clients=\(clients)", "--max-concurrent-streams=1"] + options)
    // The time itself has only two digits after the point, the rate has as many as are needed.
    guard let rate = Self.number(before: " req/s", in: text), rate > 0,
      Self.number(before: " succeeded", in: text) == Double(calls),
      Self.number(before: ") data", in: text) == Double(calls * answerBytes)
    else { throw BenchmarkError("h2load was not answered as it should be:\n\(text)") }
    return 1e6 / rate
  }

  /// The number that stands before these words.
  private static func number(before words: String, in text: String) -> Double? {
    let bytes = Array(text.utf8)
    let wanted = Array(words.utf8)
    guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: wanted) }) else { return nil }
    let digits = bytes[..<end].reversed().prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    return Double(String(decoding: digits.reversed(), as: UTF8.self))
  }
}

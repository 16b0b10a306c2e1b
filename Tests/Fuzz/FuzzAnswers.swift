import HoneydewCore
import HoneydewJSON

@testable import HoneydewAPI

/// A token's expiry, in a token that may be whole or be made of the input's claims.
func fuzzToken(_ input: [UInt8]) {
  let texts = [String(decoding: input, as: UTF8.self), "e30.\(base64URL(input)).c2lnbmF0dXJl"]
  let answer = AnswerMoment(received: Timestamp(milliseconds: 1_700_000_000_000))
  for text in texts {
    guard let expiry = JWT.expiry(text, in: answer) else { continue }
    demand(Timestamp(expiry.description) == expiry, "\(expiry) is not read back")
    demand(expiry > answer.received, "a token has ended when it came")
  }
  let isTold = exp(of: input).map { $0 * 1000 > Double(answer.received.milliseconds) + 1 } ?? false
  demand(JWT.expiry(texts[1], in: answer) != nil || !isTold, "a token's expiry is not seen")
}

/// The claim as the parser of JSON has it, where it is one that a clock can show.
private func exp(of claims: [UInt8]) -> Double? {
  let value = try? JSONValue(lenientlyParsing: claims.span)
  guard value?["iat"] == nil else { return nil }
  return value?["exp"]?.double.flatMap { abs($0) < 1e14 ? $0 : nil }
}

private func base64URL(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  var text: [UInt8] = []
  var (bits, count) = (0, 0)
  for byte in bytes {
    (bits, count) = (bits << 8 | Int(byte), count + 8)
    while count >= 6 {
      count -= 6
      text.append(alphabet[bits >> count & 0x3F])
    }
    bits &= 0x3F
  }
  if count > 0 { text.append(alphabet[bits << (6 - count) & 0x3F]) }
  return String(decoding: text, as: UTF8.self)
}

/// An answer of the API: its status and the operation by the first two bytes, its body by the others.
func fuzzAnswer(_ input: [UInt8]) {
  guard input.count >= 2 else { return }
  let statuses = [200, 201, 302, 400, 401, 403, 404, 429, 500, 503, 999, Int.max]
  let status = statuses[Int(input[0]) % statuses.count]
  let operation = Operation.all[Int(input[1]) % Operation.all.count]
  let body = Array(input.dropFirst(2))
  let field = String(decoding: body.prefix(40), as: UTF8.self)
  var answer = Answer(status: status, retryAfter: RetryAfter.delay(field, now: Timestamp(milliseconds: 0)))
  (answer.location, answer.secrets) = (field, [secret])
  if let delay = answer.retryAfter { demand((.zero...Throttle.longestRest).contains(delay)) }
  switch answer.read(body.span, of: operation) {
  case .data(let range):
    demand(status < 300 && body.indices.contains(range.lowerBound) && range.upperBound <= body.count)
    demand(JSONValue(lenient: Array(body[range]).span)?.members != nil, "data is taken that is no object")
    _ = AuthTokens(data: Array(body[range]), of: operation, in: AnswerMoment(received: Timestamp(milliseconds: 0)))
    readAsAnything(Array(body[range]))
  case .unauthorized(let text):
    checkText(text)
  case .failure(let failure):
    checkText(APIOutcome.failure(failure).redacted([secret]).text)
    if let data = failure.data {
      demand(JSONValue(lenient: data.span) != nil, "partial data is kept that is no JSON")
    }
  }
}

private let secret = "s3cr3t-t0ken-0f-ada"

/// What people are shown is bounded, and holds no secret.
private func checkText(_ text: String) {
  demand(text.utf8.count < 64 << 10, "the text is as long as the body")
  demand(!text.contains(secret), "a text holds a secret")
}

/// Every member by every type that a result may have.
private func readAsAnything(_ bytes: [UInt8]) {
  guard let value = try? JSONValue(parsing: bytes) else { return }
  for member in value.members ?? [] {
    _ = try? value.read(member.key) as Int
    _ = try? value.read(member.key) as Double?
    _ = try? value.read(member.key) as [String]
    _ = try? value.read(member.key) as Bool
  }
}

extension APIOutcome {
  fileprivate var text: String {
    switch self {
    case .failure(let failure): failure.text
    case .unauthorized(let text): text
    case .data, .spooled: ""
    }
  }
}

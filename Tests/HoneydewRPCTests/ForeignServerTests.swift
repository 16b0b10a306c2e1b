import CNGHTTP2
import Testing

@testable import HoneydewRPC

/// What the client makes of servers that answer otherwise than ours.
@Suite struct ForeignServerTests {
  /// Answers every request as the test says.
  private final class Foreign: HTTP2SessionOwner {
    let session = HTTP2Session(role: .server, settings: [], connectionWindow: 1 << 20)
    let answer: (Stream) -> Void

    init(_ answer: @escaping (Stream) -> Void) {
      self.answer = answer
      session.owner = self
    }

    func open(stream id: Int32) -> Exchange? {
      let stream = Stream(id: id, session: session, maxHeaderListBytes: 1 << 20, maxMessageBytes: 1 << 20)
      stream.answer = answer
      return stream
    }

    func streamClosed(_ exchange: Exchange, errorCode: UInt32) {}
    func settingsReceived() {}
    func goAwayReceived() {}
    func outputQueued() {}
  }

  private final class Stream: Exchange {
    var answer: ((Stream) -> Void)?
    private var trailers: KeyValuePairs<StaticString, StaticString>?

    override func endReceived() { answer?(self) }

    func send(_ fields: KeyValuePairs<StaticString, StaticString>, last: Bool = false) {
      session?.submitResponse(id, hasData: !last) { list in for field in fields { list.add(field.key, field.value) } }
    }

    func sendEarlyHints() {
      var list = HeaderList()
      list.add(":status", "103")
      _ = list.withFields { nghttp2_submit_headers(session?.handle, 0, id, nil, $0, $1, nil) }
    }

    func finish(_ fields: KeyValuePairs<StaticString, StaticString>) {
      trailers = fields
      resume()
    }

    override var ending: Ending? {
      trailers.map { $0.isEmpty ? .withData : .withTrailers }
    }

    override func addTrailers(to list: inout HeaderList) {
      for field in trailers ?? [:] { list.add(field.key, field.value) }
    }
  }

  /// What a unary call to a server ends with.
  private func call(_ answer: @escaping (Stream) -> Void) throws -> Result<Note, Status>? {
    let foreign = Foreign(answer)
    var limits = ClientLimits()
    limits.maxHeaderListBytes = 1000
    let client = ClientConnection(limits: limits, now: .zero)
    var result: Result<Note, Status>?
    client.unary("/test.Notes/Echo", Note("hello")) { result = $0 }
    for _ in 0..<3 {
      let request = client.takeOutput()
      try request.withUnsafeBytes { try foreign.session.receive($0) }
      foreign.session.fill()
      let response = foreign.session.output.withUnsafeBytes { Array($0) }
      foreign.session.output.consume(response.count)
      try client.receive(response, now: .zero)
    }
    #expect(client.openCalls == 0)
    return result
  }

  private func code(_ answer: @escaping (Stream) -> Void) throws -> Status.Code? {
    switch try call(answer) {
    case .success?: .ok
    case .failure(let status)?: status.code
    case nil: nil
    }
  }

  private static let head: KeyValuePairs<StaticString, StaticString> = [
    ":status": "200", "content-type": "application/grpc",
  ]
  private static let message: [UInt8] = [10, 1, 65]

  @Test(arguments: [
    ("400" as StaticString, Status.Code.internal), ("401", .unauthenticated), ("403", .permissionDenied),
    ("404", .unimplemented), ("429", .unavailable), ("502", .unavailable), ("503", .unavailable),
    ("504", .unavailable), ("418", .unknown), ("200", .unknown), ("", .internal), ("abc", .internal),
  ])
  func `an answer of HTTP has a status of gRPC`(httpStatus: StaticString, wanted: Status.Code) throws {
    let code = try code { $0.send([":status": httpStatus, "content-type": "text/html"], last: true) }
    #expect(code == wanted)
  }

  @Test func `a status of gRPC counts more than one of HTTP`() throws {
    #expect(try code { $0.send([":status": "503", "grpc-status": "5"], last: true) } == .notFound)
  }

  @Test func `a number that is no status is unknown`() throws {
    for number: StaticString in ["17", "-1", "", "x"] {
      let head: KeyValuePairs<StaticString, StaticString> = [
        ":status": "200", "content-type": "application/grpc", "grpc-status": number,
      ]
      #expect(try code { $0.send(head, last: true) } == .unknown)
    }
  }

  @Test func `an informational answer is waited over`() throws {
    let result = try call { stream in
      stream.sendEarlyHints()
      stream.send(Self.head)
      stream.enqueue(Self.message)
      stream.finish(["grpc-status": "0"])
    }
    #expect(result == .success(Note("A")))
  }

  @Test func `success without a message, or with two, is no success`() throws {
    for count in [0, 2] {
      let code = try code { stream in
        stream.send(Self.head)
        for _ in 0..<count { stream.enqueue(Self.message) }
        stream.finish(["grpc-status": "0"])
      }
      #expect(code == .unimplemented)
    }
  }

  @Test func `a stream that ends without a status is no success`() throws {
    let withoutTrailers = try code { stream in
      stream.send(Self.head)
      stream.enqueue(Self.message)
      stream.finish([:])
    }
    let withoutStatus = try code { stream in
      stream.send(Self.head)
      stream.enqueue(Self.message)
      stream.finish(["x-other": "0"])
    }
    #expect(withoutTrailers == .internal && withoutStatus == .internal)
  }

  @Test func `what is no message of the method is no success`() throws {
    let code = try code { stream in
      stream.send(Self.head)
      stream.enqueue([0xFF])
      stream.finish(["grpc-status": "0"])
    }
    #expect(code == .internal)
  }

  @Test(arguments: [
    (NGHTTP2_NO_ERROR.rawValue, Status.Code.internal), (NGHTTP2_PROTOCOL_ERROR.rawValue, .internal),
    (NGHTTP2_REFUSED_STREAM.rawValue, .unavailable), (NGHTTP2_CANCEL.rawValue, .cancelled),
    (NGHTTP2_ENHANCE_YOUR_CALM.rawValue, .resourceExhausted), (NGHTTP2_INADEQUATE_SECURITY.rawValue, .permissionDenied),
  ])
  func `a reset has a status`(code number: UInt32, wanted: Status.Code) throws {
    let code = try code { $0.session?.reset($0.id, nghttp2_error_code(number)) }
    #expect(code == wanted)
  }

  @Test func `too much metadata fails the call`() throws {
    let large = Array(repeating: UInt8(ascii: "a"), count: 1000)
    let code = try code { stream in
      stream.session?.submitResponse(stream.id, hasData: false) { list in
        list.add(":status", "200")
        list.add("content-type", "application/grpc")
        list.add("x-large", large)
        list.add("grpc-status", "0")
      }
    }
    #expect(code == .resourceExhausted)
  }

  @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "\0\0\0\0\0\0\0\0\0", "garbage that is long enough to be seen"])
  func `a peer that speaks no HTTP/2 ends every call with unavailable`(answer: String) throws {
    let client = ClientConnection(now: .zero)
    var ends: [Status.Code] = []
    for _ in 0..<2 {
      client.unary("/test.Notes/Echo", Note("hello")) { (result: Result<Note, Status>) in
        if case .failure(let status) = result { ends.append(status.code) }
      }
    }
    #expect(throws: ConnectionError.self) { try client.receive(answer.utf8, now: .zero) }
    #expect(ends == [.unavailable, .unavailable])
    _ = client.takeOutput()
    #expect(client.isFinished)
  }
}

import Testing

@testable import HoneydewRPC

@Suite struct CodecTests {
  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
    ("foobar", "Zm9vYmFy"),
  ])
  func `base64 is written without padding and read with or without`(plain: String, text: String) {
    #expect(Base64.encode(Array(plain.utf8)) == Array(text.utf8))
    #expect(Base64.decode(text.utf8) == Array(plain.utf8))
    let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    #expect(Base64.decode((text + padding).utf8) == Array(plain.utf8))
  }

  @Test(arguments: ["Z", "Zg=g", "Zm9v====", "Zm 9v", "Zm-v", "=", "Zm9vY"])
  func `what is no base64 is refused`(text: String) {
    #expect(Base64.decode(text.utf8) == nil)
  }

  @Test(arguments: [
    ("", ""), ("plain text, with 100 %", "plain text, with 100 %25"), (" a ", "%20a%20"), (" ", "%20"),
    ("a\r\nb", "a%0D%0Ab"), ("☺", "%E2%98%BA"), ("\u{7F}", "%7F"),
  ])
  func `a status message travels percent-encoded`(text: String, encoded: String) {
    #expect(PercentEncoding.encode(text) == Array(encoded.utf8))
    #expect(PercentEncoding.decode(encoded.utf8) == text)
  }

  @Test(arguments: [("100%", "100%"), ("%4", "%4"), ("%zz%41", "%zzA"), ("%FF", "\u{FFFD}"), ("%2525", "%25")])
  func `a broken escape stays as it is`(encoded: String, text: String) {
    #expect(PercentEncoding.decode(encoded.utf8) == text)
  }

  @Test(arguments: [
    ("1H", Duration.seconds(3600)), ("2M", .seconds(120)), ("3S", .seconds(3)), ("4m", .milliseconds(4)),
    ("5u", .microseconds(5)), ("6n", .nanoseconds(6)), ("0S", .zero), ("99999999H", .seconds(359_999_996_400)),
  ])
  func `a timeout is read`(text: String, timeout: Duration) {
    #expect(Timeout.decode(text.utf8) == timeout)
  }

  @Test(arguments: ["", "S", "1", "1s", "-1S", "+1S", "1.5S", "123456789S", "1 S", " 1S"])
  func `what is no timeout is refused`(text: String) {
    #expect(Timeout.decode(text.utf8) == nil)
  }

  @Test(arguments: [
    Duration.zero, .nanoseconds(1), .microseconds(1), .microseconds(99_999_998), .seconds(99), .seconds(100),
    .milliseconds(99_999_999), .seconds(99_999), .seconds(99_999_998), .seconds(99_999_999), .seconds(6_000_000_000),
    .seconds(400_000_000_000), .seconds(-5),
  ])
  func `a timeout is written so that the server never gives up before the client`(timeout: Duration) throws {
    let text = Timeout.encode(timeout)
    let read = try #require(Timeout.decode(text.utf8), "\(text)")
    #expect(read >= min(timeout, .seconds(359_999_996_400)))
    // Rounding stays within one unit, and a unit within a thousandth of what is worth writing.
    #expect(read - max(timeout, .microseconds(1)) <= max(.microseconds(1), max(timeout, .zero) / 1000))
  }

  @Test(arguments: [1, 2, 5, 6, 7, 1000])
  func `messages are cut from a stream however it arrives`(pieceSize: Int) throws {
    let messages: [[UInt8]] = [[], [1], Array(repeating: 2, count: 300), []]
    var buffer = SendBuffer()
    for message in messages { buffer.append(message) }
    #expect(buffer.count == 4 * 5 + 301)
    var output = OutputBuffer()
    var reader = MessageReader(maxMessageBytes: 300)
    var read: [[UInt8]] = []
    while !buffer.isEmpty {
      let length = min(pieceSize, buffer.count)
      buffer.move(length, to: &output)
      try output.withUnsafeBytes {
        var rest = $0
        while let message = try reader.next(from: &rest) { read.append(message) }
      }
      output.consume(length)
    }
    #expect(read == messages)
    #expect(reader.isAtBoundary && reader.bufferedBytes == 0)
  }

  @Test func `metadata ignores the case of names and keeps the order of values`() {
    var metadata = Metadata()
    metadata.add("X-Name", "1")
    metadata.add("other", "2")
    metadata.add("x-name", "3")
    metadata.add("x-Name-Bin", bytes: [0, 255])
    #expect(metadata.text("X-NAME") == "1")
    #expect(metadata["x-name"] == [.text("1"), .text("3")])
    #expect(metadata.bytes("x-name-bin") == [0, 255])
    #expect(metadata.text("x-name-bin") == nil && metadata.bytes("x-name") == nil)
  }

  @Test(arguments: ["grpc-status", "content-type", "te", "host", "x y", "", ":path", "Ä"])
  func `names that belong to HTTP and gRPC are not metadata`(name: String) {
    #expect(!Metadata.isCustom(name.utf8))
  }
}

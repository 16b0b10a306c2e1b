import HoneydewFrames
import HoneydewProtobuf
import Testing

@Suite struct FrameTests {
  private let ready = Honeydew_Worker_FromWorker.with { $0.ready = .with { $0.version = "1" } }

  private func header(_ count: Int) -> [UInt8] {
    [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: count >> $0) }
  }

  @Test("Frames are cut out of a stream, however it arrives", arguments: [1, 3, 7, 100])
  func chunks(size: Int) throws {
    let stream = try Array(repeatElement(Frame.encode(ready), count: 20).joined())
    var decoder = FrameDecoder()
    var received: [Honeydew_Worker_FromWorker] = []
    for start in stride(from: 0, to: stream.count, by: size) {
      decoder.append(stream[start..<min(start + size, stream.count)])
      while let payload = try decoder.next() {
        received.append(try Honeydew_Worker_FromWorker(serializedBytes: payload))
      }
    }
    #expect(received == Array(repeating: ready, count: 20))
    #expect(!decoder.isMidFrame)
  }

  @Test("A stream that ends within a frame is known to")
  func midFrame() throws {
    let frame = try Frame.encode(ready)
    for count in 1..<frame.count {
      var decoder = FrameDecoder()
      decoder.append(frame[..<count])
      #expect(try decoder.next() == nil)
      #expect(decoder.isMidFrame)
    }
  }

  @Test("The largest frame passes")
  func largest() throws {
    var decoder = FrameDecoder()
    decoder.append(header(Frame.maximumPayload) + [UInt8](repeating: 7, count: Frame.maximumPayload))
    #expect(try decoder.next()?.count == Frame.maximumPayload)
    #expect(try decoder.next() == nil)
  }

  @Test(
    "A wrong length ends the stream, by its header alone",
    arguments: [
      (0, FrameError.empty), (Frame.maximumPayload + 1, .tooLarge(Frame.maximumPayload + 1)),
      (0xFFFF_FFFF, .tooLarge(0xFFFF_FFFF)),
    ])
  func wrongLength(count: Int, error: FrameError) throws {
    var decoder = FrameDecoder()
    decoder.append(try Frame.encode(ready) + header(count))
    #expect(try decoder.next() != nil)
    #expect(throws: error) { try decoder.next() }
    decoder.append(try Frame.encode(ready))
    #expect(throws: error) { try decoder.next() }
  }

  @Test("A message that no frame can hold is refused")
  func unsendable() {
    #expect(throws: FrameError.empty) { try Frame.encode(Honeydew_Worker_FromWorker()) }
    let result = Honeydew_Worker_FromWorker.with {
      $0.result = .with { $0.data = [UInt8](repeating: 0, count: Frame.maximumPayload) }
    }
    #expect(throws: FrameError.self) { try Frame.encode(result) }
  }
}

/// Cuts a stream of bytes into the payloads of frames.
public struct FrameDecoder {
  /// Bytes that came; those before `start` are used up.
  private var buffer: [UInt8] = []
  private var start = 0
  private var failure: FrameError?

  public init() {}

  /// Whether the bytes that came end within a frame.
  public var isMidFrame: Bool {
    guard let length = announcedLength else { return start < buffer.count }
    return buffer.count - start < Frame.headerSize + length
  }

  /// Takes the bytes that came next. After an error they are dropped.
  public mutating func append(_ bytes: some Collection<UInt8>) {
    guard failure == nil else { return }
    if start > 0 {
      buffer.removeSubrange(..<start)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next payload, or nil when more bytes are needed. A wrong length is found as soon as the header is there; the
  /// stream is of no use after it, and every later call throws the same error.
  public mutating func next() throws(FrameError) -> [UInt8]? {
    if let failure { throw failure }
    guard let length = announcedLength else { return nil }
    do throws(FrameError) {
      try Frame.checkPayload(length)
    } catch {
      failure = error
      buffer = []
      start = 0
      throw error
    }
    let payload = start + Frame.headerSize
    guard buffer.count - payload >= length else { return nil }
    start = payload + length
    defer { if start == buffer.count { releaseBuffer() } }
    return Array(buffer[payload..<start])
  }

  /// The length in the header at `start`, when all of the header is there.
  private var announcedLength: Int? {
    guard buffer.count - start >= Frame.headerSize else { return nil }
    var length = 0
    for offset in 0..<Frame.headerSize {
      length |= Int(buffer[start + offset]) << (8 * offset)
    }
    return length
  }

  /// Forgets bytes that are used up, but keeps a small buffer for the frames to come.
  private mutating func releaseBuffer() {
    buffer.removeAll(keepingCapacity: buffer.capacity <= 64 * 1024)
    start = 0
  }
}

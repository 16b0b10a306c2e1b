/// What a client wants of one call.
public struct CallOptions: Sendable {
  /// How long to wait, from `ClientConnection.now` on; the server is told too. Nil waits for ever.
  public var timeout: Duration?
  /// Custom fields to send.
  public var metadata: Metadata
  /// A longer response ends the call with RESOURCE_EXHAUSTED.
  public var maxMessageBytes: Int

  public init(timeout: Duration? = nil, metadata: Metadata = Metadata(), maxMessageBytes: Int = 4 << 20) {
    self.timeout = timeout
    self.metadata = metadata
    self.maxMessageBytes = maxMessageBytes
  }
}

/// What a client grants to its server.
public struct ClientLimits: Sendable {
  /// SETTINGS_MAX_HEADER_LIST_SIZE; a response with more ends with RESOURCE_EXHAUSTED.
  public var maxHeaderListBytes = 64 << 10
  /// A stream of requests is writable while less than this waits to be sent.
  public var writableBytes = 64 << 10
  /// How much the server may send on one stream before it must wait for leave (RFC 9113 §6.9).
  public var streamWindowBytes: Int32 = 256 << 10
  /// The same for all streams together.
  public var connectionWindowBytes: Int32 = 1 << 20

  public init() {}
}

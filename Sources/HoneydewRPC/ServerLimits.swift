/// What a server grants to one connection.
public struct ServerLimits: Sendable {
  /// A longer message ends its call with RESOURCE_EXHAUSTED.
  public var maxMessageBytes = 4 << 20
  /// The lists and maps of one message may have so many elements together, which take some milliseconds and megabytes
  /// to decode; one with more ends its call with RESOURCE_EXHAUSTED.
  static let maximumElementCount = 20_000
  /// SETTINGS_MAX_CONCURRENT_STREAMS.
  public var maxConcurrentCalls: UInt32 = 100
  /// SETTINGS_MAX_HEADER_LIST_SIZE; a call with more ends with RESOURCE_EXHAUSTED.
  public var maxHeaderListBytes = 16 << 10
  /// Incomplete requests of all calls together; the call that goes over it ends with RESOURCE_EXHAUSTED.
  public var maxBufferedRequestBytes = 32 << 20
  /// A streaming call is writable while less than this waits to be sent.
  public var writableBytes = 64 << 10
  /// Responses of all calls together that the peer does not read; the call that sends more is broken off, which its
  /// client takes for RESOURCE_EXHAUSTED.
  public var maxBufferedResponseBytes = 64 << 20
  /// How much a peer may send on one stream before it must wait for leave (RFC 9113 §6.9).
  public var streamWindowBytes: Int32 = 256 << 10
  /// The same for all streams together.
  public var connectionWindowBytes: Int32 = 1 << 20
  /// A connection that has not said its HTTP/2 preface by then is finished.
  public var handshakeTimeout: Duration = .seconds(10)
  /// A peer that does not read the last output of a connection that is over gets no longer than this.
  public var farewellTimeout: Duration = .seconds(5)
  /// Streams that may break off without ending the connection, whoever does it: so many at once ...
  public var resetBurst = 1000
  /// ... and so many more each second.
  public var resetsPerSecond = 100

  public init() {}
}

/// Who is at the other end of a connection, as its owner knows.
public struct Peer: Equatable, Sendable {
  /// From SO_PEERCRED.
  public var userID: UInt32?
  /// From SO_PEERCRED.
  public var processID: Int32?
  /// From SO_PEERGROUPS, with the group of SO_PEERCRED.
  public var groups: [UInt32]

  public init(userID: UInt32? = nil, processID: Int32? = nil, groups: [UInt32] = []) {
    self.userID = userID
    self.processID = processID
    self.groups = groups
  }
}

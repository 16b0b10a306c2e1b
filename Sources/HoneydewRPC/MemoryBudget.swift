/// What all connections of a server may hold together: requests that are not complete or whose calls go on, and answers
/// that the clients have not read. Every connection tells what it holds.
///
/// A large call that needs more than there is ends with RESOURCE_EXHAUSTED. Small ones have the last eighth for
/// themselves; when that is used up too, the connection that holds most is ended.
public final class MemoryBudget {
  /// A call that holds no more than this is a small one.
  static let smallCallBytes = 16 << 10
  /// What a connection costs at least, an open call beside its messages, and a frame that waits in nghttp2.
  static let connectionBytes = 16 << 10
  static let callBytes = 2048
  static let frameBytes = 256

  public let limit: Int
  /// What the connections hold now.
  public private(set) var used = 0
  /// What they have let go since the beginning.
  public private(set) var released: UInt64 = 0
  private var holders: [ObjectIdentifier: Holder] = [:]

  private struct Holder {
    unowned let connection: ServerConnection
  }

  public init(limit: Int) {
    self.limit = limit
  }

  private var limitOfLargeCalls: Int { limit - limit / 8 }

  /// Whether a call may hold so many bytes, of which `more` are not counted yet.
  func admits(_ bytes: Int, more: Int = 0) -> Bool {
    bytes <= Self.smallCallBytes || used + more <= limitOfLargeCalls
  }

  func add(_ connection: ServerConnection) {
    holders[ObjectIdentifier(connection)] = Holder(connection: connection)
  }

  func remove(_ connection: ServerConnection) {
    holders[ObjectIdentifier(connection)] = nil
  }

  /// What a connection holds has changed.
  func change(by bytes: Int) {
    used += bytes
    if bytes < 0 { released += UInt64(-bytes) }
    while bytes > 0, used > limit, let largest = holders.values.max(by: { $0.connection.held < $1.connection.held }) {
      largest.connection.condemn()
    }
  }
}

extension Status {
  /// All connections together hold what they may.
  static let outOfMemory = error(
    .resourceExhausted, "The server's clients hold all the memory that they may have together; try again later",
    reason: "OUT_OF_MEMORY")
}

import HoneydewTestSupport

/// What a loss of power leaves of two files: all that was synced, and of the rest any part, in any order.
struct UnreliableDisk {
  /// What a disk writes as a whole.
  private static let sectorSize = 512

  /// How much of what was not synced is there.
  enum Loss: CaseIterable {
    case nothing, everything, onePiece, allButOnePiece, end, pieces, sectors
  }

  private(set) var files: [String: [UInt8]]
  private var pending: [String: [WatchedFiles.Order]] = [:]
  private var random: SeededGenerator
  /// The last commit that was acknowledged.
  private(set) var mark = 0

  init(files: [String: [UInt8]], seed: UInt64) {
    self.files = files
    random = SeededGenerator(state: seed)
  }

  mutating func carryOut(_ path: String, _ order: WatchedFiles.Order) {
    switch order {
    case .write, .truncate: pending[path, default: []].append(order)
    case .sync: settle(path, .nothing)
    case .failedSync: settle(path, .pieces)
    case .mark(let value): mark = value
    }
  }

  mutating func losePower(_ loss: Loss) {
    for path in files.keys.sorted() { settle(path, loss) }
  }

  /// Nothing more comes of what waits.
  private mutating func settle(_ path: String, _ loss: Loss) {
    let orders = choose(pending.removeValue(forKey: path) ?? [], loss)
    for order in orders { Self.apply(order, to: &files[path, default: []]) }
  }

  private mutating func choose(_ orders: [WatchedFiles.Order], _ loss: Loss) -> [WatchedFiles.Order] {
    guard !orders.isEmpty else { return [] }
    let place = Int.random(in: 0..<orders.count, using: &random)
    switch loss {
    case .nothing: return orders
    case .everything: return []
    case .onePiece: return [orders[place]]
    case .allButOnePiece: return orders.enumerated().filter { $0.offset != place }.map(\.element)
    case .end: return Array(orders[..<place])
    case .pieces: return orders.filter { _ in Bool.random(using: &random) }.shuffled(using: &random)
    case .sectors:
      return orders.flatMap(Self.sectors).filter { _ in Bool.random(using: &random) }.shuffled(using: &random)
    }
  }

  private static func sectors(_ order: WatchedFiles.Order) -> [WatchedFiles.Order] {
    guard case .write(let bytes, let place) = order else { return [order] }
    var sectors: [WatchedFiles.Order] = []
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + sectorSize - (place + start) % sectorSize)
      sectors.append(.write(Array(bytes[start..<end]), at: place + start))
      start = end
    }
    return sectors
  }

  private static func apply(_ order: WatchedFiles.Order, to file: inout [UInt8]) {
    switch order {
    case .write(let bytes, let place):
      if file.count < place + bytes.count { file += [UInt8](repeating: 0, count: place + bytes.count - file.count) }
      file.replaceSubrange(place..<place + bytes.count, with: bytes)
    case .truncate(let size):
      if size < file.count { file.removeLast(file.count - size) }
    case .sync, .failedSync, .mark: break
    }
  }
}

internal import CSQLite

extension Database {
  /// Calls `tick` now and then while statements run, however long each takes (`sqlite3_progress_handler`).
  func ticking<Result>(
    _ tick: @escaping () -> Void, _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    let ticker = Ticker(tick)
    defer { withExtendedLifetime(ticker) {} }
    sqlite3_progress_handler(
      connection, Self.instructionsPerTick,
      { context in
        if let context { Unmanaged<Ticker>.fromOpaque(context).takeUnretainedValue().tick() }
        return 0
      }, Unmanaged.passUnretained(ticker).toOpaque())
    defer { sqlite3_progress_handler(connection, 0, nil, nil) }
    return try body()
  }

  /// Of SQLite's virtual machine: some milliseconds.
  private static let instructionsPerTick: Int32 = 100_000

  private final class Ticker {
    let tick: () -> Void

    init(_ tick: @escaping () -> Void) {
      self.tick = tick
    }
  }
}

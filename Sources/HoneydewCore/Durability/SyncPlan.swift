/// When the store's log is synced, by whom, and what is known to be on the disk.
///
/// Turns are numbered as they commit. A turn that tells somebody something waits until its number is synced; one that
/// ends while a sync runs is covered by the next one. There is no timer: a sync begins as soon as one is wanted and none
/// runs.
///
/// The owner asks `next` at the end of each turn, carries the answer out, and gives every result to `finished`.
public struct SyncPlan: Equatable, Sendable {
  /// One sync that was begun.
  public struct Ticket: Equatable, Sendable {
    /// Counts how often the store was opened: the result of an earlier life says nothing about this one.
    var life: Int
    /// All turns up to this one are on the disk when the sync succeeds.
    public var through: Int64
  }

  public enum Action: Equatable, Sendable {
    case nothing
    /// Hand the sync to the syncer, and go on.
    case begin(Ticket)
    /// Sync now, in the loop.
    case syncHere(Ticket)
  }

  /// What came of a sync.
  public enum Outcome: Equatable, Sendable {
    /// Turns up to this number may tell.
    case synced(through: Int64)
    /// Nothing of what waits may leave, and the store goes down.
    case failed
    /// It was of an earlier life of the store.
    case ignored
  }

  /// A sync that takes less is done in the loop where nobody else waits: handing it over costs 20 to 27 us.
  public static let quick = Duration.microseconds(500)
  /// So many syncs in a row must have been quick.
  static let quickSyncsNeeded = 4

  /// The last turn that was committed.
  public private(set) var committed: Int64
  /// The last turn that is known to survive a loss of power, and all before it.
  public private(set) var synced: Int64
  private var wanted: Int64 = 0
  private var running: Ticket?
  private var life = 0
  private var quickSyncs = 0
  private var isDown = false
  private let hasSyncer: Bool

  /// - Parameters:
  ///   - hasUnsyncedCommits: whether the store was opened with commits that a loss of power may take back.
  ///   - hasSyncer: false where the system refused a thread: then every sync is in the loop.
  public init(hasUnsyncedCommits: Bool, hasSyncer: Bool) {
    self.hasSyncer = hasSyncer
    committed = hasUnsyncedCommits ? 1 : 0
    synced = 0
  }

  /// Whether a sync is with the syncer, of whichever life.
  public var isSyncing: Bool { running != nil }
  /// Whether all that wants to be synced is. A shutdown waits for it, with a bound.
  public var isSettled: Bool { synced >= wanted }

  /// Whether a turn with this number may tell.
  public func isSynced(_ turn: Int64) -> Bool { turn <= synced }

  /// Notes that a turn has written something.
  ///
  /// - Returns: its number.
  public mutating func commit() -> Int64 {
    committed += 1
    return committed
  }

  /// Asks that all that is committed so far be synced: the turn, with writes of its own or without, tells a client
  /// something, or has stored tokens or a tick.
  ///
  /// - Returns: the number to wait for.
  public mutating func wantSync() -> Int64 {
    wanted = max(wanted, committed)
    return committed
  }

  /// What to do now.
  ///
  /// - Parameter isAlone: nothing else is ready, so that nobody waits while the loop syncs.
  public mutating func next(isAlone: Bool) -> Action {
    guard !isDown, running == nil, wanted > synced else { return .nothing }
    let ticket = Ticket(life: life, through: committed)
    if !hasSyncer || isAlone && quickSyncs >= Self.quickSyncsNeeded { return .syncHere(ticket) }
    running = ticket
    return .begin(ticket)
  }

  /// Takes the result of a sync, by whomever.
  ///
  /// - Parameter took: how long the disk took.
  public mutating func finished(_ ticket: Ticket, succeeded: Bool, took: Duration) -> Outcome {
    if running == ticket { running = nil }
    quickSyncs = took < Self.quick ? quickSyncs + 1 : 0
    guard ticket.life == life, !isDown else { return .ignored }
    guard succeeded else {
      isDown = true
      return .failed
    }
    synced = max(synced, ticket.through)
    return .synced(through: synced)
  }

  /// Notes that somebody else has put all that is committed on the disk: who restarted the log.
  public mutating func syncedElsewhere() {
    guard !isDown else { return }
    synced = committed
  }

  /// The store went down, for whatever reason. Numbers that were waited for are not synced any more, ever.
  public mutating func wentDown() {
    isDown = true
  }

  /// The store was opened again and all that it holds is on the disk. Numbers go on; a sync that still runs belongs to
  /// the earlier life, and keeps the syncer busy until its result is there.
  public mutating func reopened() {
    life += 1
    isDown = false
    // Whoever waited for these numbers was told that the outcome is unknown.
    synced = committed
    wanted = committed
  }
}

/// How many descriptors the daemon must be able to open.
public enum DescriptorNeed {
  /// The database's files, the log, the loop, helpers, and what the libraries open for a moment.
  private static let standing = 128
  /// A channel, a process descriptor, what it prints and a file for its result, and the four while one takes another's
  /// place.
  private static let eachWorker = 8
  /// A socket, and the result that its client reads.
  private static let eachConnection = 2
  /// So many connections at least.
  private static let fewConnections = 8

  /// - Parameters:
  ///   - connections: the most of clients at a time.
  ///   - workers: of the pool.
  public static func count(connections: Int, workers: Int) -> Int {
    standing + eachConnection * connections + eachWorker * workers
  }

  /// With fewer the daemon could not do its work.
  public static func least(workers: Int) -> Int {
    standing / 2 + eachConnection * fewConnections + eachWorker * workers
  }
}

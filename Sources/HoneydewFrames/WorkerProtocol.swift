/// What the daemon and a worker agree on beyond the frames.
public enum WorkerProtocol {
  /// The version that a worker's `Ready` must carry. It grows when a frame means something else than before; the daemon
  /// ends a worker of another version.
  ///
  /// 2: `Result` asks for the next job, and `Ready` comes once.
  /// 3: a large result goes into a file that the daemon has passed; certificates travel as bytes.
  public static let version: UInt32 = 3

  /// The command of a `Run` that connects to its endpoint and sends nothing. No job has it.
  public static let connectionCheck = "environment.check"
}

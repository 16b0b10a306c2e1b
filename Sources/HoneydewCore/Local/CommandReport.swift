public import HoneydewJSON

/// What is told of an attempt of a local command when it has ended.
public struct CommandReport: Equatable, Sendable {
  public enum End: Equatable, Sendable {
    case exited(status: Int32)
    /// `name` is such as `SIGKILL`.
    case signalled(number: Int32, name: String)
  }

  /// A process that could not be ended.
  public struct Survivor: Equatable, Sendable {
    public var pid: Int32
    public var name: String

    public init(pid: Int32, name: String) {
      self.pid = pid
      self.name = name
    }
  }

  /// nil when the process itself could not be ended.
  public var end: End?
  public var wallTime: Duration
  /// User and system time of the whole tree.
  public var processorTime: Duration
  /// Of the largest process of the tree, and no less than what the worker had when it started it.
  public var maximumResidentBytes: UInt64
  /// What it wrote to its standard output and error.
  public var outputBytes: UInt64
  /// What of that is not kept.
  public var droppedBytes: UInt64
  public var survivors: [Survivor]

  public init(
    end: End?, wallTime: Duration, processorTime: Duration, maximumResidentBytes: UInt64, outputBytes: UInt64 = 0,
    droppedBytes: UInt64 = 0, survivors: [Survivor] = []
  ) {
    self.end = end
    self.wallTime = wallTime
    self.processorTime = processorTime
    self.maximumResidentBytes = maximumResidentBytes
    self.outputBytes = outputBytes
    self.droppedBytes = droppedBytes
    self.survivors = survivors
  }

  /// Whether the command has done what it was to do.
  public var isSuccess: Bool { end == .exited(status: 0) }

  public var json: JSONValue {
    var members: [JSONValue.Member] = []
    switch end {
    case .exited(let status): members.append(.init("exit_status", .number(status)))
    case .signalled(let number, let name):
      members += [.init("signal", .number(number)), .init("signal_name", .string(name))]
    case nil: break
    }
    members += [
      .init("wall_ms", .number(wallTime.wholeMilliseconds)), .init("cpu_ms", .number(processorTime.wholeMilliseconds)),
      .init("max_resident_bytes", .number(maximumResidentBytes)), .init("output_bytes", .number(outputBytes)),
    ]
    if droppedBytes > 0 { members.append(.init("output_dropped_bytes", .number(droppedBytes))) }
    if !survivors.isEmpty {
      let list = survivors.map {
        JSONValue.object([.init("pid", .number($0.pid)), .init("name", .string($0.name))])
      }
      members.append(.init("survivors", .array(list)))
    }
    return .object(members)
  }

  /// How it ended, such as `exited with status 3`.
  public var sentence: String {
    switch end {
    case .exited(let status): "exited with status \(status)"
    case .signalled(let number, let name):
      "ended by signal \(number)" + (name.hasPrefix("SIG") ? " (\(name.dropFirst(3)))" : "")
    case nil: "has not ended"
    }
  }

  /// What goes on although it was killed; empty for nothing.
  public var warning: String {
    guard !survivors.isEmpty else { return "" }
    let names = survivors.prefix(5).map { "\($0.name.printable) (pid \($0.pid))" }.joined(separator: ", ")
    let more = survivors.count > 5 ? " and \(survivors.count - 5) more" : ""
    return "; could not be ended, since another user's or stuck in the kernel: \(names)\(more)"
  }
}

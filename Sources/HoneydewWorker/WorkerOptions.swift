internal import HoneydewCore
internal import HoneydewSystem
public import HoneydewText

/// What the daemon tells a worker's process by its arguments.
public struct WorkerOptions {
  /// Only the version is asked for.
  let asksForVersion: Bool
  /// What the process and each that it starts may hold, in MiB; nil without a limit.
  let memoryLimit: UInt64?
  /// The longest file that it may write, in MiB; nil without a limit.
  let fileLimit: UInt64?
  let sandbox: SandboxMode
  let kind: WorkerKind
  /// What the daemon knows the processes of its instance by.
  let mark: String
  /// Where a worker of local commands keeps their output; nil keeps none.
  let outputDirectory: String?

  private static let mark = Option(
    name: ProcessTable.instanceArgument, value: "DIR", kind: .file,
    help: "The daemon's home, by which survivors are found")
  private static let memoryLimit = Option(
    name: "--memory-limit-mb", value: "N", kind: .integer(1...Int64.max >> 20),
    help: "What this process and each that it starts may hold; files that are mapped to be read do not count")
  private static let fileLimit = Option(
    name: "--file-limit-mb", value: "N", kind: .integer(1...Int64.max >> 20), help: "The longest file it may write")
  private static let sandbox = Option(
    name: "--sandbox", value: "MODE", kind: .choice(SandboxMode.allCases.map(\.rawValue)), help: "worker.sandbox")
  private static let kind = Option(
    name: "--kind", value: "KIND", kind: .choice(WorkerKind.allCases.map(\.rawValue)), help: "What it carries out")
  private static let outputDirectory = Option(
    name: "--output-directory", value: "DIR", kind: .file, help: "Where the output of local commands is kept")

  /// - Parameter words: without the program's name.
  public init(_ words: [String]) throws(UsageError) {
    var parser = OptionParser(words)
    let known = [
      Self.mark, Self.memoryLimit, Self.fileLimit, Self.sandbox, Self.kind, Self.outputDirectory, .version,
    ]
    while let word = try parser.next(among: known, of: "honeydew-worker") {
      if case .argument(let text) = word { throw UsageError("honeydew-worker does not take \(quoted(text))") }
    }
    let parsed = parser.parsed
    asksForVersion = parsed.isSet(.version)
    memoryLimit = parsed.integer(Self.memoryLimit).map { UInt64($0) }
    fileLimit = parsed.integer(Self.fileLimit).map { UInt64($0) }
    sandbox = parsed.text(Self.sandbox).flatMap { SandboxMode(rawValue: $0) } ?? .best
    kind = parsed.text(Self.kind).flatMap { WorkerKind(rawValue: $0) } ?? .api
    mark = parsed.text(Self.mark) ?? ""
    outputDirectory = parsed.text(Self.outputDirectory)
  }
}

/// What a worker's process carries out beside diagnostics.
enum WorkerKind: String, CaseIterable {
  /// Calls of the API, in a sandbox.
  case api
  /// Local commands.
  case exec
}

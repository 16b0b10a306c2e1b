import Glibc
import HoneydewSystem

/// Measures the daemon against DESIGN's budgets; `make bench` runs it.
///
/// Usage: `honeydew-bench BINARIES [--json] [--full]`, with the directory of honeydewd and honeydew-worker.
let arguments = CommandLine.arguments.dropFirst()
if arguments.first == EchoPeer.argument { exit(EchoPeer.run()) }

do {
  guard let binaries = arguments.first, arguments.dropFirst().allSatisfy({ ["--json", "--full"].contains($0) }) else {
    throw BenchmarkError("usage: honeydew-bench BINARIES [--json] [--full]")
  }
  Process.ignoreBrokenPipes()
  let report = Report(isJSON: arguments.contains("--json"))
  let bench = try Bench(binaries: binaries, report: report)
  defer { bench.close() }
  try bench.measureDisk()
  try bench.measureCalls()
  try bench.measureThroughput()
  try bench.measureEnvironments()
  try bench.measureLocalCommands()
  try bench.measureIdleness()
  try bench.measureBacklogs([1_000, 10_000, 100_000] + (arguments.contains("--full") ? [1_000_000] : []))
  report.end()
} catch {
  say("honeydew-bench: \(error)", on: STDERR_FILENO)
  exit(1)
}

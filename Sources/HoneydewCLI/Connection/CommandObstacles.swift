/// What the daemon was started with that holds local commands back, as `/proc/PID/status` tells it (proc(5)).
struct CommandObstacles: Equatable {
  /// The drop-in for systemd that lifts all of it.
  static let remedy = "contrib/systemd/local-commands.conf lifts it"

  let texts: [String]

  /// - Parameter status: of the daemon's process.
  init(status: String) {
    var fields: [Substring: Substring] = [:]
    for line in status.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { fields[parts[0]] = parts[1].drop { $0 == "\t" || $0 == " " } }
    }
    var texts: [String] = []
    if fields["NoNewPrivs"] == "1" { texts.append("they gain no rights, so that sudo and the like fail") }
    // SECCOMP_MODE_FILTER
    if fields["Seccomp"] == "2" { texts.append("some system calls are refused") }
    self.texts = texts
  }
}

import Glibc
internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewJSON

/// Starts a process that outlives the job, then completes with its pid or ignores the daemon.
func grandchildRunner(_ request: DiagnosticRequest, _ channel: Channel) -> ScriptedRunner {
  ScriptedRunner { _ in
    let milliseconds = (request.milliseconds("ms") ?? .seconds(60)).wholeMilliseconds
    let trap = request.flag("ignoreTerm") ? "trap '' TERM; " : ""
    let script = "\(trap)exec sleep \(milliseconds / 1000).\(String(milliseconds % 1000 + 1000).dropFirst())"
    let pid = spawnShell(
      script, inheriting: request.flag("holdChannel") ? channel.fileNumber : nil, ownGroup: request.flag("ownGroup"))
    guard let pid else {
      return .failure(APIFailure(.apiUnavailable, "cannot start a grandchild: \(String(cString: strerror(errno)))"))
    }
    if request.flag("hang") { misbehave(channel) {} }
    return .data(JSONValue.object([.init("pid", .number(pid))]).serialized)
  }
}

/// Runs a shell script with the environment of this process; nil with `errno` when it cannot be started.
private func spawnShell(_ script: String, inheriting descriptor: Int32?, ownGroup: Bool) -> pid_t? {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  // Duplicating a descriptor onto itself takes its close-on-exec flag away (posix_spawn_file_actions_adddup2(3)).
  if let descriptor { posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor) }
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  if ownGroup {
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
  }
  var arguments: [UnsafeMutablePointer<CChar>?] = ["sh", "-c", script].map { (argument: String) in strdup(argument) }
  defer { arguments.forEach { free($0) } }
  arguments.append(nil)
  var pid: pid_t = 0
  let result = posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, environ)
  errno = result
  return result == 0 ? pid : nil
}

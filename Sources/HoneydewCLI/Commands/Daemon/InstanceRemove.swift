internal import Glibc
internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewSystem
internal import HoneydewText

extension Subcommand {
  static let instanceRemove = Subcommand(
    words: ["instance", "remove"], summary: "Remove an instance with its jobs, logins, key and log, for good",
    positionals: [Positional(name: "NAME", kind: .instance, help: "The instance's name")],
    options: [.yes, .quiet],
    details: [
      "Its daemon must not run. Only what a daemon keeps in its home is removed: where something else is in it, nothing",
      "is. What the configuration has put into other places stays there.",
    ],
    examples: [
      Example("honeydew instance remove blue", "removes it, after a question"),
      Example("honeydew instance remove blue --yes", "asks no question, for scripts"),
    ],
    run: { invocation throws(Failure) in
      guard !invocation.arguments.isSet(.instance) else {
        throw .usage("the instance is named behind remove; leave out --instance")
      }
      let removal = try InstanceRemoval(invocation.positional(0), invocation)
      try removal.check()
      if !invocation.arguments.isSet(.yes) {
        try Prompt.confirm(
          "Remove the instance \(removal.name) with all its jobs, schedules and logins (\(removal.home))?",
          orElse: "--yes", invocation.console)
      }
      try removal.run()
      if invocation.isJSON {
        try invocation.console.json(["name": .string(removal.name), "home": .string(removal.home)])
      } else {
        try invocation.console.say("Removed \(removal.name).")
      }
      return .done
    })
}

/// The removal of an instance's home, by descriptors, so that no link leads out of it.
private struct InstanceRemoval {
  let name: String
  let home: String
  private let instances: Instances
  /// What names the instance's daemon to a command.
  private let options: String

  init(_ name: String, _ invocation: Invocation) throws(Failure) {
    self.name = name
    instances = try Instances(invocation)
    home = InstanceName.home(name, in: instances.home)
    options = (invocation.arguments.text(.home).map { "--home \(ShellWord.word($0)) " } ?? "") + "--instance \(name)"
  }

  /// The home is moved to this name first, which is no instance's, so that it is gone at once and a daemon that starts
  /// meanwhile has another one.
  private var temporary: String { ".removed-\(name)" }

  /// Refuses what is no instance of this user that stands still.
  func check() throws(Failure) {
    try failing { () throws(Errno) in
      guard let directory = try instances.directory() else { return absent }
      let isHalfRemoved = try directory.status(temporary) != nil
      guard let status = try directory.status(name) else { return isHalfRemoved ? nil : absent }
      guard status.kind == .directory else {
        return "\(home) is no directory, and so no instance's home; nothing was done"
      }
      for place in [try directory.status(), status] where place.uid != geteuid() {
        return "\(home) belongs to user \(place.uid), who alone may remove it; nothing was done"
      }
      let strange = try directory.open(directory: name).names().filter { !HomeContents.isKnown($0) }
      if let first = strange.first {
        return "\(home)/\(first) is none of a daemon's files; move it away, or remove \(home) by hand; nothing was done"
      }
      return nil
    }
    if let pid = instances.holder(of: home) { throw running(pid) }
    let place = (try? Files.realPath(home)) ?? home
    let left = (try? ProcessTable.survivors(marker: place).all) ?? []
    guard left.isEmpty else {
      let pids = left.map(String.init).joined(separator: ", ")
      throw Failure(
        .failed,
        "processes of its last daemon still run (\(pids)); start it again, which ends them: honeydewd \(options)")
    }
  }

  /// Removes it, while its lock keeps every daemon from it.
  func run() throws(Failure) {
    try check()
    try failing { () throws(Errno) in
      guard let directory = try instances.directory() else { return absent }
      // What an earlier removal has left that was cut off.
      try directory.removeAll(temporary)
      guard try directory.status(name) != nil else { return nil }
      do throws(LockFile.Failure) {
        let lock = try LockFile(home + "/daemon.lock")
        defer { withExtendedLifetime(lock) {} }
        do throws(Errno) {
          try directory.rename(name, to: temporary)
          try directory.removeAll(temporary)
          try directory.synchronize()
        } catch {
          throw .failed(error)
        }
        return nil
      } catch {
        switch error {
        case .held(let pid): return running(pid).text
        case .failed(let error): throw error
        }
      }
    }
  }

  private var absent: String { "there is no instance \(name) in \(instances.home); see: honeydew instance list" }

  private func running(_ pid: Int32?) -> Failure {
    let process = pid.map { $0 == 0 ? "" : " (process \($0))" } ?? ""
    return Failure(.failed, "the daemon of \(name) runs\(process); stop it first: honeydew \(options) shutdown")
  }

  /// - Parameter body: answers what stands in the way; nil where nothing does.
  private func failing(_ body: () throws(Errno) -> String?) throws(Failure) {
    let obstacle: String?
    do throws(Errno) {
      obstacle = try body()
    } catch {
      throw Failure(.failed, "cannot remove \(home): \(error.sentence)")
    }
    if let obstacle { throw Failure(.failed, obstacle) }
  }
}

internal import HoneydewConfig
internal import HoneydewText
internal import HoneydewCore

/// Completion scripts from the table of commands. Names of environments and ids of jobs are asked of the daemon at the
/// moment of completion, everything else is in the script.
struct CompletionScript {
  let table: CommandTable

  /// What a value can be completed to.
  enum Candidates: Equatable {
    case words([String])
    case files
    /// The output lines of a shell command that are words of harmless characters.
    case output(of: String)
    case nothing
  }

  /// A place in a command line: the words that led there, and what may follow.
  struct Place {
    let path: [String]
    let subcommands: [(name: String, summary: String)]
    let options: [Option]
    let arguments: Candidates

    /// `job list`, empty at the root.
    var trail: String { path.joined(separator: " ") }
  }

  var places: [Place] {
    let groups = [[]] + table.groups.map(\.words)
    return groups.map { path in
      let next = table.words(after: path).map { (name: $0, summary: table.summary(of: path + [$0])) }
      return Place(path: path, subcommands: next, options: table.everywhere, arguments: .nothing)
    }
      + table.subcommands.map { subcommand in
        Place(
          path: subcommand.words, subcommands: [], options: table.options(of: subcommand),
          arguments: subcommand.positionals.first.map { candidates($0.kind) } ?? .nothing)
      }
  }

  /// Every option that takes a value, once. An option of one name takes the same kind of value everywhere.
  var valueOptions: [Option] {
    var found: [Option] = []
    for option in places.flatMap(\.options) where option.value != nil {
      if !found.contains(where: { $0.name == option.name }) { found.append(option) }
    }
    return found
  }

  func candidates(_ kind: ValueKind) -> Candidates {
    switch kind {
    case .choice(let words): .words(words)
    case .list(let kind): candidates(kind)
    case .file: .files
    case .environment: .names("honeydew env list --call-timeout 1s 2>/dev/null | cut -d ' ' -f 1")
    case .job: .names("honeydew job list --call-timeout 1s 2>/dev/null | awk 'NR > 1 { print $1 }'")
    case .schedule: .names("honeydew schedule list --call-timeout 1s 2>/dev/null | awk 'NR > 1 { print $1 }'")
    case .commandType: .words(CommandRegistry.jobCommands.map(\.name))
    case .provider: .words(Set(CommandRegistry.jobCommands.map(\.provider)).sorted())
    case .setting: .words(SettingKey.all.map(\.name))
    case .text, .integer, .duration, .moment, .label, .commandArgument: .nothing
    case .worker: .names("honeydew worker list --quiet --call-timeout 1s 2>/dev/null")
    }
  }
}

extension CompletionScript.Candidates {
  /// What a command prints, without what a shell could take for more than a word: names come from others.
  fileprivate static func names(_ command: String) -> CompletionScript.Candidates {
    .output(of: command + " | LC_ALL=C grep -x '[A-Za-z0-9._/@:][A-Za-z0-9._/@:-]*'")
  }
}

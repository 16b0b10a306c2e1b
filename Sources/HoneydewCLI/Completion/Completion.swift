internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewText

/// What may stand where a command line ends: the one rule of which all shells ask, by the table of commands.
struct Completion {
  /// A word, and what it means, for shells that show that.
  struct Candidate: Equatable {
    let word: String
    var meaning = ""
  }

  /// What only the daemon or its home knows.
  enum Names: Equatable {
    case environments, jobs, localJobs, schedules, workers, pools, instances
  }

  enum Answer: Equatable {
    /// Each begins with what has been typed of it.
    case words([Candidate])
    case files
    /// Names behind what is typed before them, without those that were given.
    case names(Names, before: String, given: [String])

    static let nothing = Answer.words([])
  }

  let table: CommandTable

  /// - Parameter words: behind the program's name; the last one is being typed, and may be empty.
  func answer(_ words: [String]) -> Answer {
    guard let word = words.last else { return .nothing }
    let line = TypedLine(words.dropLast(), table)
    if let option = line.pending { return values(option.kind, word, before: "", line) }
    if word.hasPrefix("-"), !line.onlyArguments {
      guard let equals = word.firstIndex(of: "=") else { return .words(options(word, line)) }
      guard let option = line.options.first(where: { $0.names.contains(String(word[..<equals])) && $0.value != nil })
      else { return .nothing }
      return values(option.kind, String(word[equals...].dropFirst()), before: String(word[...equals]), line)
    }
    guard let subcommand = line.subcommand else {
      let next = table.words(after: line.path).map {
        Candidate(word: $0, meaning: table.summary(of: line.path + [$0]))
      }
      return .words(next.filter { $0.word.hasPrefix(word) })
    }
    guard let positional = subcommand.positional(at: line.arguments.count) else { return .nothing }
    return values(positional.kind, word, before: "", line, given: positional.mayRepeat ? line.arguments : [])
  }

  private func options(_ word: String, _ line: TypedLine) -> [Candidate] {
    line.options.filter { ($0.mayRepeat || !line.given.keys.contains($0.name)) && $0.name.hasPrefix(word) }
      .map { Candidate(word: $0.name, meaning: $0.help) }
  }

  /// - Parameters:
  ///   - word: what is typed of the value.
  ///   - before: what stands before it in the same word, such as `--status=`.
  ///   - given: what need not be given again.
  private func values(
    _ kind: ValueKind, _ word: String, before: String, _ line: TypedLine, given: [String] = []
  ) -> Answer {
    func answer(_ values: [String]) -> Answer {
      .words(
        values.filter { $0.hasPrefix(word) && !given.contains($0) }.map { Candidate(word: before + $0) })
    }
    switch kind {
    case .choice(let values): return answer(values)
    case .list(let element):
      guard let comma = word.lastIndex(of: ",") else {
        return values(element, word, before: before, line, given: given)
      }
      let (done, rest) = (word[...comma], word[comma...].dropFirst())
      let elements = done.split(separator: ",").map(String.init)
      return values(element, String(rest), before: before + done, line, given: given + elements)
    case .file, .programWord: return .files
    case .environment: return .names(.environments, before: before, given: given)
    case .job: return .names(.jobs, before: before, given: given)
    case .schedule: return .names(.schedules, before: before, given: given)
    case .localJob: return .names(.localJobs, before: before, given: given)
    case .worker: return .names(.workers, before: before, given: given)
    case .instance: return .names(.instances, before: before, given: given)
    case .pool: return .names(.pools, before: before, given: given)
    case .signal: return answer(SignalText.names)
    case .commandType:
      let commands = CommandRegistry.jobCommands.filter { $0.name.hasPrefix(word) && !given.contains($0.name) }
      return .words(commands.map { Candidate(word: before + $0.name, meaning: $0.summary) })
    case .commandArgument:
      return .words(line.command.map { CompletionArguments.candidates($0, line.payload, word) } ?? [])
    case .provider: return answer(Set(CommandRegistry.jobCommands.map(\.provider)).sorted())
    case .setting: return answer(SettingKey.all.map(\.name))
    case .column:
      let columns = line.subcommand.map { $0.columns + ResultLayout.columns(of: line.command?.name ?? "") } ?? []
      let sign = word.hasPrefix("-") ? "-" : ""
      return .words(
        columns.map(\.name).filter { (sign + $0).hasPrefix(word) && !given.contains($0) }
          .map { Candidate(word: before + sign + $0) })
    case .text, .integer, .duration, .moment, .label: return .nothing
    }
  }
}

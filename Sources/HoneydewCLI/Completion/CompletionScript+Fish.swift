internal import HoneydewText
internal import HoneydewCore

extension CompletionScript {
  /// To be put into `~/.config/fish/completions` as `honeydew.fish`.
  var fish: String {
    let trails = places.filter { !$0.path.isEmpty }.map { ShellWord.quoted($0.trail) }.joined(separator: " ")
    var lines = [
      "# fish completion for honeydew, printed by: honeydew completion fish",
      "function __honeydew_at --description 'Whether the command line is at a word path'",
      "  set -l trail",
      "  for word in (commandline -opc)[2..-1]",
      "    set -l longer (string trim -- \"$trail $word\")",
      "    contains -- $longer \(trails); and set trail $longer",
      "  end",
      "  test \"$trail\" = \"$argv[1]\"",
      "end",
      "complete -c honeydew -f",
    ]
    for option in table.everywhere { lines.append("complete -c honeydew" + described(option)) }
    for place in places {
      let condition = "complete -c honeydew -n " + ShellWord.quoted("__honeydew_at '\(place.trail)'")
      for (name, summary) in place.subcommands {
        lines.append("\(condition) -a \(name) -d \(ShellWord.quoted(summary))")
      }
      if place.arguments != .nothing { lines.append(condition + arguments(place.arguments)) }
      for option in place.options where !table.everywhere.contains(where: { $0.name == option.name }) {
        lines.append(condition + described(option))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func described(_ option: Option) -> String {
    let candidates = candidates(option.kind)
    let value = option.value == nil ? "" : (candidates == .files ? " -r" : " -x") + arguments(candidates)
    let short = option.short.map { " -s \($0.dropFirst())" } ?? ""
    return " -l \(option.name.dropFirst(2))\(short)\(value) -d \(ShellWord.quoted(option.help))"
  }

  private func arguments(_ candidates: Candidates) -> String {
    switch candidates {
    case .words(let words): " -a \(ShellWord.quoted(words.joined(separator: " ")))"
    case .files: " -F"
    case .output(let command): " -a \(ShellWord.quoted("(\(command))"))"
    case .nothing: ""
    }
  }
}

internal import HoneydewText
internal import HoneydewCore

extension CompletionScript {
  /// To be put into a directory of `fpath` as `_honeydew`.
  var zsh: String {
    var lines = [
      "#compdef honeydew",
      "# zsh completion for honeydew, printed by: honeydew completion zsh",
      "_honeydew() {",
      "  local trail= index",
      "  local -a found",
      "  for ((index = 2; index < CURRENT; index++)); do",
      "    case \"$trail ${words[index]}\" in",
      "      \(places.filter { !$0.path.isEmpty }.map { "' \($0.trail)'" }.joined(separator: "|"))) trail=\"$trail ${words[index]}\" ;;",
      "    esac",
      "  done",
      "  case \"${words[CURRENT-1]}\" in",
    ]
    for option in valueOptions {
      lines.append("    \(option.names.joined(separator: "|"))) \(reply(candidates(option.kind))); return ;;")
    }
    lines += ["  esac", "  case \"${trail# }:$PREFIX\" in"]
    for place in places {
      let options = place.options.map { described($0.name, $0.help) }.joined(separator: " ")
      lines.append("    '\(place.trail):-'*) found=(\(options)); _describe -o option found ;;")
      if place.subcommands.isEmpty {
        lines.append("    '\(place.trail):'*) \(reply(place.arguments)) ;;")
      } else {
        let words = place.subcommands.map { described($0.name, $0.summary) }.joined(separator: " ")
        lines.append("    '\(place.trail):'*) found=(\(words)); _describe command found ;;")
      }
    }
    lines += ["  esac", "}", "_honeydew \"$@\""]
    return lines.joined(separator: "\n") + "\n"
  }

  private func reply(_ candidates: Candidates) -> String {
    switch candidates {
    case .words(let words): "compadd -- \(words.joined(separator: " "))"
    case .files: "_files"
    case .output(let command): "compadd -- ${(f)\"$(\(command))\"}"
    case .nothing: ":"
    }
  }

  private func described(_ name: String, _ text: String) -> String {
    let escaped = text.split(separator: ":", omittingEmptySubsequences: false).joined(separator: "\\:")
    return ShellWord.quoted("\(name):\(escaped)")
  }
}

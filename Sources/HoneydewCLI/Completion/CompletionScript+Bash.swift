internal import HoneydewText
internal import HoneydewCore

extension CompletionScript {
  /// To be sourced, or put where bash-completion looks for it.
  var bash: String {
    var lines = [
      "# bash completion for honeydew, printed by: honeydew completion bash",
      "# Reads candidates, a line each. compgen -W would carry out what is in them.",
      "_honeydew_offer() {",
      "  local candidate",
      "  while IFS= read -r candidate; do",
      "    [[ $candidate != \"$word\"* ]] || COMPREPLY+=(\"$candidate\")",
      "  done",
      "}",
      "_honeydew() {",
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" trail= index",
      "  COMPREPLY=()",
      "  # Readline takes --name=value for three words.",
      "  if [[ $word == = ]]; then word=; elif [[ $previous == = ]]; then previous=\"${COMP_WORDS[COMP_CWORD-2]}\"; fi",
      "  for ((index = 1; index < COMP_CWORD; index++)); do",
      "    case \"$trail ${COMP_WORDS[index]}\" in",
      "      \(trails)) trail=\"$trail ${COMP_WORDS[index]}\" ;;",
      "    esac",
      "  done",
      "  case \"$previous\" in",
    ]
    for option in valueOptions {
      lines.append("    \(option.names.joined(separator: " | "))) \(reply(candidates(option.kind))); return ;;")
    }
    lines += ["  esac", "  case \"${trail# }:$word\" in"]
    for place in places {
      lines.append("    '\(place.trail):-'*) \(reply(.words(place.options.map(\.name)))) ;;")
      let words = place.subcommands.map(\.name)
      lines.append("    '\(place.trail):'*) \(reply(words.isEmpty ? place.arguments : .words(words))) ;;")
    }
    lines += ["  esac", "}", "complete -F _honeydew honeydew"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// The patterns of all word paths, each with a leading blank.
  private var trails: String {
    places.filter { !$0.path.isEmpty }.map { "' \($0.trail)'" }.joined(separator: " | ")
  }

  private func reply(_ candidates: Candidates) -> String {
    switch candidates {
    case .words(let words): "_honeydew_offer < <(printf '%s\\n' \(words.joined(separator: " ")))"
    case .files: "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\")"
    case .output(let command): "_honeydew_offer < <(\(command))"
    case .nothing: ":"
    }
  }
}

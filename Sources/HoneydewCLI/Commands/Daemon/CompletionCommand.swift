internal import HoneydewText

extension Subcommand {
  static let completion = Subcommand(
    words: ["completion"], summary: "Print the completion script of a shell",
    positionals: [Positional(name: "SHELL", kind: .choice(["bash", "zsh", "fish"]), help: "bash, zsh or fish")],
    examples: [
      Example("honeydew completion bash > /etc/bash_completion.d/honeydew", "for bash, for all users"),
      Example("honeydew completion zsh > ~/.zfunc/_honeydew", "for zsh, with ~/.zfunc in fpath"),
      Example("honeydew completion fish | source", "for fish, in ~/.config/fish/config.fish"),
    ],
    run: { invocation throws(Failure) in
      let script =
        switch invocation.positional(0) {
        case "bash": CompletionScript.bash
        case "zsh": CompletionScript.zsh
        default: CompletionScript.fish
        }
      try invocation.console.script(script)
      return .done
    })
}

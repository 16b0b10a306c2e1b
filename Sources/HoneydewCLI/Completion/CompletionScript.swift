/// The completion scripts of the shells. What may stand where is asked of `honeydew __complete` at the moment of completion,
/// so a script stays right when the program is another.
enum CompletionScript {
  /// To be sourced, or put where bash-completion looks for it.
  static let bash = #"""
    # bash completion for honeydew, printed by: honeydew completion bash
    _honeydew() {
      local word="${COMP_WORDS[COMP_CWORD]}" program="${COMP_WORDS[0]/#\~\//$HOME/}" line before candidate
      [[ $program == */* && -x $program ]] || program=honeydew
      COMPREPLY=()
      # Readline takes --name=value for three words, of which it puts the last one in.
      line="$(printf %s "${COMP_WORDS[@]:1:COMP_CWORD}")"
      [[ $word != [=:@] ]] || word=
      while IFS= read -r candidate; do
        candidate="${candidate%%$'\t'*}"
        if [[ $candidate == '<file>' ]]; then
          compopt -o filenames 2>/dev/null
          mapfile -t COMPREPLY < <(compgen -f -- "$word")
          return
        fi
        # What is in the line before this word.
        before="${candidate%"${candidate##*[=:@]}"}"
        while [[ -n $before && $line != *"$before$word" ]]; do
          before="${before%?}"
          before="${before%"${before##*[=:@]}"}"
        done
        candidate="${candidate#"$before"}"
        [[ $candidate != *= ]] || compopt -o nospace 2>/dev/null
        COMPREPLY+=("$candidate")
      done < <("$program" __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    }
    complete -F _honeydew honeydew

    """#

  /// To be put into a directory of `fpath` as `_honeydew`.
  static let zsh = #"""
    #compdef honeydew
    # zsh completion for honeydew, printed by: honeydew completion zsh
    _honeydew() {
      local program=${words[1]/#\~\//$HOME/} line word
      local -a closed open texts more
      [[ $program == */* && -x $program ]] || program=honeydew
      for line in ${(f)"$($program __complete zsh "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)"}; do
        if [[ $line == '<file>' ]]; then
          compset -P '--*='
          _files
          return
        fi
        word=${line%%$'\t'*}
        if [[ $word == *= ]]; then
          open+=("$word") more+=("${line/$'\t'/  -- }")
        else
          closed+=("$word") texts+=("${line/$'\t'/  -- }")
        fi
      done
      (( $#closed == 0 )) || compadd -l -d texts -- $closed
      (( $#open == 0 )) || compadd -l -S '' -d more -- $open
    }
    _honeydew "$@"

    """#

  /// To be sourced, or put into `~/.config/fish/completions` as `honeydew.fish`.
  static let fish = #"""
    # fish completion for honeydew, printed by: honeydew completion fish
    function __honeydew_ask --description 'What may follow in the command line'
      set -l words (commandline -opc)
      set -l token (commandline -ct)
      set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
      string match -q '*/*' -- $program; and test -x $program; or set program honeydew
      $program __complete fish $words[2..-1] "$token" 2>/dev/null
    end
    complete -c honeydew -f -a "(__honeydew_ask | string match -v '<file>')"
    complete -c honeydew -n "__honeydew_ask | string match -q '<file>'" -F

    """#
}

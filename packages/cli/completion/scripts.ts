/** The shells that have a script. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** Prints what `wherry __complete` answers: a candidate on each line, a tab and words about it; the last line says how the word goes on. */
const BASH = `# wherry completion for bash; load it with: source <(wherry completion bash)
__wherry_complete() {
  local line=\${COMP_LINE:0:COMP_POINT} current answer then candidate
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=\${words[\${#words[@]} - 1]}
  answer=$("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null) || return
  then=\${answer##*$'\\n'}
  COMPREPLY=()
  if [[ $then == :files ]]; then
    local value=\${current#--*=}
    mapfile -t COMPREPLY < <(compgen -f -- "$value")
    compopt -o filenames 2>/dev/null
    return
  fi
  # Readline sees a new word after each of these, and replaces only that.
  local breaks=\${COMP_WORDBREAKS//[!=:]/} done=""
  [[ -n $breaks && $current == *[$breaks]* ]] && done=\${current%"\${current##*[$breaks]}"}
  while IFS= read -r candidate; do
    candidate=\${candidate%%$'\\t'*}
    [[ -n $candidate && $candidate != :* ]] && COMPREPLY+=("\${candidate#"$done"}")
  done <<<"$answer"
  if [[ $then == :nospace || ( \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *[=/] ) ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F __wherry_complete wherry
`;

const ZSH = `#compdef wherry
# wherry completion for zsh; load it with: source <(wherry completion zsh)
_wherry() {
  local answer then line
  local -a candidates
  answer=$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null) || return 1
  then=\${answer##*$'\\n'}
  if [[ $then == :files ]]; then
    [[ \${words[CURRENT]} == --*=* ]] && compset -P '*='
    _files
    return
  fi
  for line in "\${(@f)answer}"; do
    [[ -z $line || $line == :* ]] && continue
    local text=\${line%%$'\\t'*} about=""
    [[ $line == *$'\\t'* ]] && about=\${line#*$'\\t'}
    text=\${text//:/\\\\:}
    candidates+=("$text\${about:+:$about}")
  done
  if [[ $then == :nospace ]]; then _describe -V wherry candidates -S ''; else _describe -V wherry candidates; fi
}
if [[ \${funcstack[1]} == _wherry ]]; then _wherry "$@"; else compdef _wherry wherry; fi
`;

const FISH = `# wherry completion for fish; load it with: wherry completion fish | source
function __wherry_complete
  set -l words (commandline -opc)
  set -l answer ($words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)
  if test "$answer[-1]" = ":files"
    __fish_complete_path (commandline -ct | string replace -r '^--[^=]*=' '')
  else
    string match -v -r '^:' -- $answer
  end
end
complete -c wherry -f -a '(__wherry_complete)'
`;

/** The script that makes a shell ask this program. */
export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/**
 * The script for bash: of bash alone, version 3.2 or later, without the package bash-completion. What has been typed
 * is handed on as words and never run: `$(…)` in it stays text.
 */
export const BASH_SCRIPT = `# bash completion for streamflow

__streamflow_complete() {
    local line=\${COMP_LINE:0:COMP_POINT} words=() current out last directive=0 value kept=""
    # Bash's own words are cut at = and :, these only at spaces.
    read -ra words <<< "$line"
    if [[ -z $line || $line == *[[:space:]] ]]; then words+=(""); fi
    current=\${words[\${#words[@]}-1]}
    out=$(streamflow complete -- "\${words[@]:1}" 2>/dev/null </dev/null) || return 0

    # The last line says how to go on: 2 = no space after it, 4 = no names of files.
    last=\${out##*$'\\n'}
    if [[ $last == :* ]]; then
        directive=\${last#:}
        out=\${out%"$last"}
    fi
    if type compopt >/dev/null 2>&1; then
        if (( directive & 2 )); then compopt -o nospace; fi
        if (( directive & 4 )); then compopt +o default; fi
    fi

    # Readline replaces what stands behind the last = or :.
    if [[ $current == *[=:]* ]]; then kept=\${current%"\${current##*[=:]}"}; fi
    COMPREPLY=()
    while IFS= read -r value; do
        value=\${value%%$'\\t'*}
        if [[ -n $value && $value == "$current"* ]]; then COMPREPLY+=("\${value#"$kept"}"); fi
    done <<< "$out"
}

complete -o default -F __streamflow_complete streamflow
`.trimEnd();

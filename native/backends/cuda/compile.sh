#!/bin/sh
# compile.sh FACTS COMMAND...: what ptxas tells of the kernels goes to the file FACTS, all else that the command says is shown.
facts=$1
shift
"$@" 2>"$facts.log"
code=$?
pattern="^ptxas info|^    [0-9]+ bytes stack frame|^    Function properties"
grep -E "$pattern" "$facts.log" >"$facts"
grep -vE "$pattern" "$facts.log" >&2
rm -f "$facts.log"
exit $code

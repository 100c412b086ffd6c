#!/bin/sh
# usage: check_symbols.sh <namespace> <object>...
# Objects compiled for one instruction set may define functions of that namespace only: of a function that several objects define under
# one name the linker keeps any, and an old processor would end up with instructions that it does not have.
space=$1
shift
foreign=$(nm -C --defined-only "$@" | awk -v own="::$space::" '$2 ~ /^[TWVuBDRi]$/ && index($0, own) == 0 && $3 !~ /^DW[.]ref[.]/')
[ -z "$foreign" ] && exit 0
echo "expected definitions in $space only, got:"
echo "$foreign"
exit 1

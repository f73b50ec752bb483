/**
 * Shell script of the guard, which waits beside a command, outside its containment, without its mark and outside its
 * terminal session. If the wrapper is killed, the guard's standard input ends without a line, and the guard ends the
 * run for the wrapper; it retries while the state cannot be read.
 * Positional: node, the launcher of `resource-manager`, the mark, the state's folder.
 */
export const GUARD_SCRIPT = `
trap '' HUP INT QUIT TERM
IFS= read -r line || for seconds in 1 2 4 8 0; do
  "$1" "$2" reap --mark "$3" --yes --quiet --dir "$4" && break
  sleep $seconds
done
`;

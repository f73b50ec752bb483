/**
 * Shell script that becomes the command: it joins the containment before it starts anything, raises its own OOM score,
 * and then executes the command.
 *
 * A guard waits beside it, outside the containment, without the mark, and ignores terminal signals. If the wrapper is
 * killed, its end of the pipe closes without a message, and the guard ends the run for it; it retries while the state
 * cannot be read. The guard is a fork of this shell, because a second process started from Node would add a tenth to
 * the whole run.
 */
export const LAUNCH_SCRIPT = `
folder=$1 score=$2 mark=$3 node=$4 program=$5 dir=$6
shift 6
( { trap '' HUP INT QUIT TERM
    IFS= read -r word <&3 || for pause in 1 2 4 8 0; do
      "$node" "$program" reap --mark "$mark" --yes --quiet --dir "$dir" && break
      sleep $pause
    done
  } </dev/null >/dev/null 2>&1 & )
exec 3<&-
{ [ -z "$folder" ] || echo $$ >"$folder/cgroup.procs"; echo "$score" >/proc/self/oom_score_adj; } 2>/dev/null
RESOURCE_MANAGER_MARK=$mark
export RESOURCE_MANAGER_MARK
exec "$@"
`;

/** OOM score of a command, so that the kernel kills an agent before a session. */
export const OOM_SCORE = 300;

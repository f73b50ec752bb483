/**
 * The shell that stands between us and the command: it joins the containment before anything else is started, makes
 * itself the kernel's first choice when memory runs out, and becomes the command.
 *
 * Beside it waits a guard, outside the containment and without its mark, deaf to the terminal: when the wrapper is
 * killed, its end of the pipe closes without a word, and the guard ends what the wrapper can no longer end; a state that
 * cannot be read just then is asked again. It is a fork
 * of this shell because a second process started from Node would cost a tenth of the whole run.
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

/** So that the kernel, should it ever come to that, agrees with our order and takes an agent, not the session. */
export const OOM_SCORE = 300;

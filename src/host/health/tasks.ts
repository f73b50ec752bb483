/** Limits on the number of processes and threads. */
import type { TaskReading } from '../../core/health/sample.ts';
import type { CgroupPaths } from './cgroup-paths.ts';
import { tryProbe } from './text.ts';

/** The group with the least room for more processes; null without a limit. */
export function readTasks(groups: CgroupPaths): TaskReading | null {
  let least: TaskReading | null = null;
  for (const folder of [...groups.v2, ...groups.v1('pids')]) {
    const limit = Number.parseInt(tryProbe(`${folder}/pids.max`) ?? '', 10);
    const used = Number.parseInt(tryProbe(`${folder}/pids.current`) ?? '', 10);
    if (!(limit > 0 && used >= 0)) continue;
    if (least === null || limit - used < least.limit - least.used) least = { limit, used };
  }
  return least;
}

/** Limits on the number of processes and threads. */
import type { TaskReading } from '../../core/health/sample.ts';
import type { CgroupPaths } from './cgroup-paths.ts';
import { tryProbe } from './text.ts';

const readingsOf = (groups: CgroupPaths): TaskReading[] =>
  [...groups.v2, ...groups.v1('pids')].flatMap((folder) => {
    const limit = Number.parseInt(tryProbe(`${folder}/pids.max`) ?? '', 10);
    const used = Number.parseInt(tryProbe(`${folder}/pids.current`) ?? '', 10);
    return limit > 0 && used >= 0 ? [{ limit, used }] : [];
  });

/** The group with the least room for more processes; null without a limit. */
export const readTasks = (groups: CgroupPaths): TaskReading | null =>
  readingsOf(groups).reduce<TaskReading | null>(
    (least, group) => (least === null || group.limit - group.used < least.limit - least.used ? group : least),
    null,
  );

/** Most processes and threads, by every group and by the user's own limit, which root does not have; null without. */
export function taskLimit(proc: string, groups: CgroupPaths, uid = process.geteuid?.() ?? 0): number | null {
  const own = /^Max processes +(\d+)/m.exec(tryProbe(`${proc}/self/limits`) ?? '')?.[1];
  const limits = readingsOf(groups).map(({ limit }) => limit);
  const least = Math.min(...limits, own === undefined || uid === 0 ? Number.POSITIVE_INFINITY : Number(own));
  return Number.isFinite(least) ? least : null;
}

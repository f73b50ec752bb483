/** Samples the resource use of a running command: from its cgroup if there is one, else from its process tree. */
import { groupCpuMs, groupPeakBytes, pidsIn } from '../containment/cgroup.ts';
import { privateBytes } from '../processes/linux-view.ts';
import { parseFullStat, TICK_MS } from '../processes/stat.ts';
import { readTextOrEmpty } from '../read-text.ts';

const FIRST_MS = 50;
const SLOWEST_MS = 500;

/** The process and its descendants, from the kernel's lists of children. */
function treeOf(pid: number): number[] {
  const children = readTextOrEmpty(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(treeOf)];
}

/** Samples until it is read, after the command has ended. */
export function openMeter(pid: number, folder: string | null) {
  let peak: number | null = null;
  let delayMs = FIRST_MS;
  let timer: NodeJS.Timeout;
  const look = (): void => {
    const bytes = (folder === null ? treeOf(pid) : pidsIn(folder)).reduce(
      (sum, one) => sum + privateBytes('/proc', one),
      0,
    );
    if (bytes > 0) peak = Math.max(peak ?? 0, bytes);
    delayMs = Math.min(SLOWEST_MS, delayMs * 2);
    timer = setTimeout(look, delayMs).unref();
  };
  timer = setTimeout(look, delayMs).unref();
  return {
    read() {
      clearTimeout(timer);
      const own = parseFullStat(readTextOrEmpty('/proc/self/stat'));
      return {
        peakMemoryBytes: (folder === null ? null : groupPeakBytes(folder)) ?? peak,
        cpuMs: (folder === null ? null : groupCpuMs(folder)) ?? (own === null ? null : own.childTicks * TICK_MS),
      };
    },
  };
}

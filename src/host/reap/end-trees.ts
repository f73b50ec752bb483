/**
 * Ends all processes of a target: first with SIGTERM (and SIGCONT for stopped processes), then with SIGKILL. Each step
 * looks again, because trees grow while they end. Two empty looks in a row end it.
 */

import type { Findings, Found } from '../../core/reap/find.ts';
import type { Target } from '../../core/reap/targets.ts';
import type { EndedTrees, EndTreesOptions } from '../../ports/reaper.ts';
import { freezeGroup, isPopulated, killGroup, pidsIn, removeGroup } from '../containment/cgroup.ts';
import { type LookOptions, look } from './look.ts';
import { signalProcess } from './signal.ts';

/** Interval between two looks during the grace period. */
const POLL_MS = 100;
/** Interval between two looks while processes are killed. */
const FORCE_POLL_MS = 20;
const FORCE_AT_MOST_MS = 3_000;
/** A build starts new processes while it is being ended; a tree that outlasts this many rounds is a fork bomb. */
const STOP_ROUNDS = 5;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Milliseconds of a clock that nobody can set. */
const steadyMs = (): number => process.uptime() * 1000;
const keyOf = ({ row }: Found): string => `${row.pid}.${row.started}`;

export async function endTrees(
  target: Target,
  options: LookOptions,
  { graceMs, isHard, isHardNow, others }: EndTreesOptions,
): Promise<EndedTrees> {
  const everFound = new Map<string, Found>();
  const asked = new Set<string>();
  let skipped: Findings['skipped'] = [];
  let spared = target.others;
  /** Between SIGSTOP and SIGKILL there is no time for the state: what it spares was read just before. */
  const lookAgain = async (isInHurry = false): Promise<readonly Found[]> => {
    const table = options.view.scan();
    // The last ones count while the state cannot be read.
    if (!isInHurry) spared = [...target.others, ...(await others().catch(() => spared))];
    const findings = await look({ ...target, others: spared }, options, table);
    for (const found of findings.found) if (!everFound.has(keyOf(found))) everFound.set(keyOf(found), found);
    skipped = findings.skipped;
    return findings.found;
  };
  const send = (found: readonly Found[], signal: NodeJS.Signals): void => {
    for (const { row } of found) signalProcess(options.view, row, signal);
  };
  const ask = (found: readonly Found[]): void => {
    const fresh = found.filter((process) => !asked.has(keyOf(process)));
    send(fresh, 'SIGTERM');
    for (const process of fresh) asked.add(keyOf(process));
    // A stopped process receives SIGTERM only after SIGCONT.
    send(fresh, 'SIGCONT');
    for (const folder of target.folders) freezeGroup(folder, false);
  };

  // 1. Send SIGTERM and wait; processes that appear meanwhile get it too.
  let left = await lookAgain();
  if (!isHard) {
    const deadline = steadyMs() + graceMs;
    ask(left);
    for (
      let wait = FORCE_POLL_MS;
      left.length > 0 && steadyMs() < deadline && !isHardNow?.();
      wait = Math.min(POLL_MS, wait * 2)
    ) {
      await pause(Math.max(1, Math.min(wait, deadline - steadyMs())));
      left = await lookAgain();
      ask(left);
    }
  }

  // 2. Send SIGKILL until two looks in a row find nothing.
  const deadline = steadyMs() + FORCE_AT_MOST_MS;
  for (let empty = 0; empty < 2 && steadyMs() < deadline; ) {
    left = await lookAgain();
    if (left.length === 0) {
      empty += 1;
      continue;
    }
    empty = 0;
    await force(left);
    await pause(FORCE_POLL_MS);
  }
  for (const folder of target.folders) if (!isPopulated(folder)) removeGroup(folder);
  left = await lookAgain();

  async function force(found: readonly Found[]): Promise<void> {
    const doomed = new Set(found.map(({ row }) => row.pid));
    const whole = target.folders.filter((folder) => pidsIn(folder).every((pid) => doomed.has(pid)));
    for (const folder of whole) killGroup(folder);
    // Processes outside a cgroup are stopped first, so that they start no new ones while they end.
    let remaining = found;
    for (let round = 0; round < STOP_ROUNDS; round += 1) {
      send(remaining, 'SIGSTOP');
      const now = await lookAgain(true);
      const fresh = now.filter((process) => !remaining.some((before) => keyOf(before) === keyOf(process)));
      remaining = now;
      if (fresh.length === 0) break;
    }
    send(remaining, 'SIGKILL');
  }

  const survivors = new Set(left.map(keyOf));
  return {
    terminated: [...everFound].filter(([key]) => !survivors.has(key)).map(([, found]) => found),
    skipped,
    survivors: left,
  };
}

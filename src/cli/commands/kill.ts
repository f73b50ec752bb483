import { projectKey } from '../../core/model/ids.ts';
import type { Lease } from '../../core/model/lease.ts';
import { leaseSize } from '../../core/model/lease.ts';
import type { QueueEntry } from '../../core/model/queue-entry.ts';
import type { Found, Skipped } from '../../core/reap/find.ts';
import { type Target, targetOf } from '../../core/reap/targets.ts';
import { EXIT, InternalError } from '../../errors.ts';
import type { Context, EndedTrees, Orphans, Reaper, Store } from '../../ports/context.ts';
import { evidenceRecord } from '../../render/history/journal.ts';
import { type KillReport, killJson, killText } from '../../render/kill.ts';
import { refusalError } from '../../render/refusal.ts';
import { agentsWord, processesWord } from '../../render/text/counts.ts';
import { answer, note } from '../answer.ts';
import type { CommandSpec, Run, Typed } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { durationMs, has, optionOf, project } from '../values.ts';

export const spec: CommandSpec = {
  name: 'kill',
  summary: 'end every process tree of a project, give its slots back, empty its place in the queue',
  examples: [
    ['resource-kill consilio', 'asks first'],
    ['resource-kill consilio --dry-run', 'what would be ended, and on what evidence'],
    ['resource-kill consilio -y --reason "runs away"', 'without asking, as scripts must'],
  ],
  operands: [{ name: 'PROJECT', required: true, help: 'whose agents' }],
  options: [
    { name: 'reason', value: 'TEXT', help: 'why, for the record (default: User requested)' },
    { name: 'grace', value: 'DURATION', help: 'how long they may take to end by themselves (default: 10s)' },
    { name: 'yes', short: 'y', help: 'do not ask' },
    { name: 'dry-run', short: 'n', help: 'say what would be ended, and leave it' },
  ],
};

const GRACE_MS = 10_000;

interface Plan {
  readonly leases: readonly Lease[];
  readonly all: readonly Lease[];
  readonly cancelled: readonly QueueEntry[];
  readonly target: Target;
}

/** All leases of the project, and what runs of it have left behind when their leases ended. */
function planOf(
  leases: readonly Lease[],
  all: readonly Lease[],
  left: readonly Orphans[],
  queue: readonly QueueEntry[],
): Plan {
  const target = targetOf(leases, all, true);
  const folders = left.flatMap((orphans) => orphans.target.folders);
  const marks = left.map(({ mark }) => mark);
  return {
    leases,
    all,
    cancelled: queue,
    target: { ...target, folders: [...target.folders, ...folders], marks: [...target.marks, ...marks] },
  };
}

async function endingOf(store: Store, name: string, why: string, isDryRun: boolean) {
  const command = { kind: 'end-project', project: name, why } as const;
  const committed = await (isDryRun ? store.plan(command) : store.transact(command));
  const { outcome, state } = committed;
  if (outcome.kind === 'refused') throw refusalError(outcome.refusal);
  if (outcome.kind !== 'ending') throw new InternalError('kill-outcome-2b6e', `a kill ended as ${outcome.kind}`);
  return { ...outcome, all: state.leases };
}

/** Agents of the leases whose own process is among those that ended. */
function agentsAmong(leases: readonly Lease[], ended: readonly Found[]): number {
  const pids = new Set(ended.map(({ row }) => row.pid));
  const isEnded = ({ run, holder }: Lease): boolean => pids.has((run === null ? holder : run.root)?.pid ?? 0);
  return leases.filter(isEnded).reduce((sum, lease) => sum + leaseSize(lease), 0);
}

/** Agents inside a session that is spared (this command is run from it) go on, and keep their slots. */
function endedWith(leases: readonly Lease[], found: readonly Found[]): readonly Lease[] {
  const pids = new Set(found.map(({ row }) => row.pid));
  return leases.filter(({ spawn, holder }) => spawn === null || pids.has(holder?.pid ?? 0));
}

/** A session of an agent program may be a person's own. */
function tellSessions(typed: Typed, context: Context, leases: readonly Lease[], found: readonly Found[]): void {
  const inside = leases.filter(({ spawn }) => spawn !== null);
  for (const { row } of found) {
    const agents = inside.filter(({ holder }) => holder?.pid === row.pid).length;
    if (agents > 0)
      note(typed, context, `note: ${row.pid} ${row.command} is a whole session, with ${agentsWord(agents)} inside`);
  }
}

/** Leases of which something is still there keep their slots. */
async function goneLeases(plan: Plan, ended: EndedTrees, reaper: Reaper): Promise<readonly Lease[]> {
  if (ended.survivors.length === 0) return plan.leases;
  const looked = await reaper.survey(plan.leases, plan.all);
  return looked.filter(({ findings }) => findings.found.length === 0).map(({ lease }) => lease);
}

/** Nothing that was found but the user's own terminal or this command is worth a word twice. */
const worthTelling = (skipped: readonly Skipped[]): readonly Skipped[] =>
  skipped.filter(({ why }) => why !== 'runs this very command');

async function carryOut(
  plan: Plan,
  reaper: Reaper,
  store: Store,
  graceMs: number,
  base: Pick<KillReport, 'project' | 'reason'>,
) {
  const ended = await reaper.end(plan.target, { graceMs, isHard: false });
  const over = await goneLeases(plan, ended, reaper);
  await store.transact({ kind: 'ended', leases: over.map(({ id }) => id) });
  const gone = endedWith(over, ended.terminated);
  return {
    ...base,
    isDryRun: false,
    agents: agentsAmong(plan.leases, ended.terminated),
    terminated: ended.terminated,
    skipped: ended.skipped,
    survivors: ended.survivors,
    slotsReleased: gone.reduce((sum, lease) => sum + leaseSize(lease), 0),
    cancelled: plan.cancelled.map(({ ticket }) => ticket),
  };
}

async function ask(
  typed: Typed,
  context: Context,
  plan: Plan,
  found: readonly Found[],
  name: string,
): Promise<boolean> {
  const what = `${agentsWord(agentsAmong(plan.leases, found))} of ${name}, ${processesWord(found.length)}`;
  return confirmed(typed, context, `End all of ${what}?`, `resource-kill ${name}`);
}

export const run: Run = async (typed, context) => {
  const typedName = project(typed.operands[0] as string);
  const isDryRun = has(typed, 'dry-run');
  const graceMs = optionOf(typed, 'grace', (text) => durationMs('--grace', text)) ?? GRACE_MS;
  const reason = optionOf(typed, 'reason', (text) => text) ?? 'User requested';
  const store = await context.openStore();
  const reaper = await context.openReaper();

  const planned = await endingOf(store, typedName, reason, true);
  const name = planned.leases[0]?.project ?? planned.cancelled[0]?.project ?? typedName;
  const isOwn = ({ project: owner }: Orphans): boolean => owner !== null && projectKey(owner) === projectKey(typedName);
  const left = (await reaper.orphans(planned.all)).filter(isOwn);
  const preview = planOf(planned.leases, planned.all, left, planned.cancelled);
  const before = await reaper.look(preview.target);

  tellSessions(typed, context, planned.leases, before.found);
  let report: KillReport;
  if (isDryRun) {
    report = {
      project: name,
      reason,
      isDryRun,
      agents: agentsAmong(planned.leases, before.found),
      terminated: before.found,
      skipped: before.skipped,
      survivors: [],
      slotsReleased: endedWith(planned.leases, before.found).reduce((sum, lease) => sum + leaseSize(lease), 0),
      cancelled: planned.cancelled.map(({ ticket }) => ticket),
    };
  } else {
    if (!(await ask(typed, context, preview, before.found, name))) {
      note(typed, context, 'nothing was ended');
      return EXIT.checkedNo;
    }
    // Said first, then done: whoever looks meanwhile sees what is going on, and a crash leaves word of it.
    const { leases, all, cancelled } = await endingOf(store, typedName, reason, false);
    const plan = planOf(leases, all, left, cancelled);
    report = await carryOut(plan, reaper, store, graceMs, { project: name, reason });
    (await context.openHistory()).append({
      kind: 'kill',
      ...killJson(report),
      evidence: evidenceRecord({ found: report.terminated, skipped: [] }),
    });
  }
  answer(
    typed,
    context,
    () => killJson(report),
    () => killText({ ...report, skipped: worthTelling(report.skipped) }, context.out.styles),
  );
  return report.survivors.length === 0 ? EXIT.ok : EXIT.checkedNo;
};

import { isDead } from '../../core/environment.ts';
import type { Lease } from '../../core/model/lease.ts';
import { abandonedRuns } from '../../core/reap/abandoned.ts';
import { type Target, targetOf } from '../../core/reap/targets.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import type { Orphans } from '../../ports/context.ts';
import type { LeftBehind } from '../../render/orphans.ts';
import { leftBehindJson, leftBehindLines, leftBySession, orphansRecord } from '../../render/orphans.ts';
import { processesWord } from '../../render/text/counts.ts';
import { answer, note } from '../answer.ts';
import type { CommandSpec, Run } from '../command.ts';
import { confirmed } from '../confirm.ts';
import { durationMs, has, optionOf } from '../values.ts';

export const spec: CommandSpec = {
  name: 'reap',
  summary: 'list, or end, what runs and Claude sessions have left behind: processes whose holder is dead',
  examples: [
    ['resource-manager reap --dry-run', 'what is left behind, and on what evidence'],
    ['resource-manager reap --yes', 'end it'],
  ],
  operands: [],
  options: [
    { name: 'dry-run', short: 'n', help: 'list only' },
    { name: 'yes', short: 'y', help: 'do not ask' },
    { name: 'mark', value: 'MARK', help: 'only what the run with this mark has started (RESOURCE_MANAGER_MARK)' },
    { name: 'grace', value: 'DURATION', help: 'how long they may take to end by themselves (default: monitor.grace)' },
  ],
};

/** Of a run whose wrapper was killed, of one whose lease is gone, or of a Claude session that is gone. */
interface Lost {
  readonly left: LeftBehind;
  readonly lease: Lease | null;
  readonly target: Target;
}

const nameOf = ({ mark, project }: Orphans): string => (project === null ? mark : `an ended run of ${project}`);

export const run: Run = async (typed, context) => {
  const store = await context.openStore();
  const reaper = await context.openReaper();
  const { state, environment } = await store.read();
  const only = optionOf(typed, 'mark', (mark) => mark);

  const abandoned = [...abandonedRuns(state, environment)].filter(({ run }) => only === null || run?.mark === only);
  // What was said to be ended is ended on behalf of the wrapper that asks for its own run.
  for (const lease of state.leases)
    if (only !== null && lease.run?.mark === only && lease.ending !== null && !abandoned.includes(lease))
      abandoned.push(lease);
  const surveyed = await reaper.survey(abandoned, state.leases);
  const lost: Lost[] = surveyed.map(({ lease, findings }) => {
    const why = lease.ending?.why ?? 'its wrapper was killed';
    const left = { name: `${lease.id} of ${lease.project}`, why, lease: lease.id, session: null, findings };
    return { left, lease, target: targetOf([lease], state.leases) };
  });
  for (const orphans of await reaper.orphans(state.leases)) {
    const { mark, findings, target } = orphans;
    if (only !== null && mark !== only) continue;
    const left = { name: nameOf(orphans), why: 'its lease has ended', lease: null, session: null, findings };
    lost.push({ left, lease: null, target });
  }
  if (only === null)
    for (const orphans of await reaper.sessionOrphans(state))
      lost.push({ left: leftBySession(orphans), lease: null, target: orphans.target });
  // A guard comes here when all is over as well; that is no mistake.
  const holder = state.leases.find(({ run }) => only !== null && run?.mark === only)?.holder ?? null;
  if (lost.length === 0 && holder !== null && !isDead(environment, holder))
    throw new ExpectedError('held', `the run with this mark is held by a live process: ${holder.pid}`, {
      hint: 'only what is left behind is reaped; end a project with resource-kill',
      exit: EXIT.notNow,
    });

  const isDryRun = has(typed, 'dry-run');
  const total = lost.reduce((sum, { left }) => sum + left.findings.found.length, 0);
  const isDone = !isDryRun && total > 0;
  if (isDone && !(await confirmed(typed, context, `End ${processesWord(total)}?`, 'resource-manager reap'))) {
    note(typed, context, 'nothing was ended');
    return EXIT.checkedNo;
  }
  // What was to be ended and is gone by itself meanwhile has nothing left but its slots.
  const over = lost.flatMap(({ lease, left: { findings } }) =>
    lease !== null && lease.ending !== null && findings.found.length + findings.skipped.length === 0 ? [lease.id] : [],
  );
  if (!isDryRun && over.length > 0) await store.transact({ kind: 'ended', leases: over });
  let survivors = 0;
  if (isDone) {
    const graceMs =
      optionOf(typed, 'grace', (text) => durationMs('--grace', text)) ?? (await store.settings()).monitor.graceMs;
    const history = await context.openHistory();
    for (const { target, lease, left } of lost) {
      if (lease !== null) await store.transact({ kind: 'end-lease', lease: lease.id, why: left.why, by: 'abandoned' });
      const ended = await reaper.end(target, { graceMs, isHard: false });
      survivors += ended.survivors.length;
      if (lease !== null && ended.survivors.length === 0) await store.transact({ kind: 'ended', leases: [lease.id] });
      history.append(orphansRecord(left, ended));
    }
    // What the dead held is free now; whoever waits for it need not find out by itself.
    await store.transact({ kind: 'settle' });
  }

  const text = (): string =>
    lost.length === 0
      ? 'Nothing is left behind.'
      : lost
          .flatMap(({ left }) => leftBehindLines(left, isDone))
          .concat(isDone ? [`${processesWord(total - survivors)} ended`] : [])
          .join('\n');
  answer(
    typed,
    context,
    () => ({
      schema_version: 1,
      dry_run: isDryRun,
      orphans: lost.map(({ left }) => leftBehindJson(left)),
      terminated: isDone ? total - survivors : 0,
      survivors,
    }),
    text,
  );
  return survivors === 0 ? EXIT.ok : EXIT.checkedNo;
};

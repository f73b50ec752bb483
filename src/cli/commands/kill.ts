import { agentsAmong, carryOutKill, type KillResult, planKill, reportOfPlan, targetOfKill } from '../../app/kill.ts';
import type { Lease } from '../../core/model/lease.ts';
import type { Found, Skipped } from '../../core/reap/find.ts';
import { OWN_LINEAGE } from '../../core/reap/veto.ts';
import { EXIT } from '../../errors.ts';
import type { OpenHistory } from '../../ports/history.ts';
import type { SystemLog } from '../../ports/host.ts';
import type { OpenReaper } from '../../ports/reaper.ts';
import type { OpenStore } from '../../ports/store.ts';
import type { Ask } from '../../ports/terminal.ts';
import { killJson, killText } from '../../render/kill.ts';
import { agentsWord, processesWord } from '../../render/text/counts.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { confirmed } from '../confirm.ts';
import type { Invocation } from '../invocation.ts';
import { actOnLastGood, noteUnrecorded } from '../unrecorded.ts';
import { durationMs, project, reasonText } from '../values.ts';

export const spec: CommandSpec = {
  about:
    "Kills every process of a project's leases, releases its slots and cancels its requests. It asks first; --dry-run lists the processes. Only processes that are proved to belong to a lease are killed; this command, its ancestors and processes of other users are left alone.",
  examples: [
    ['resource-kill consilio', 'asks first'],
    ['resource-kill consilio --dry-run', 'which processes would be killed, and on what evidence'],
    ['resource-kill consilio -y --reason "runs away"', 'without a question, as in a script'],
  ],
  operands: [{ name: 'PROJECT', required: true, help: 'project to kill the agents of' }],
  options: [
    { name: 'reason', value: 'TEXT', help: 'reason for the history', default: 'User requested' },
    { name: 'grace', value: 'DURATION', help: 'time that the processes get to end by themselves', default: '10s' },
    { name: 'yes', short: 'y', help: 'kill without a question' },
    { name: 'dry-run', short: 'n', help: 'print what would be killed, and change nothing' },
  ],
  exits: [
    [1, 'the question was answered with no, or some processes run on and keep their slots'],
    [74, 'the processes are killed, and the state could not be written'],
  ],
};

const GRACE_MS = 10_000;

/** Notes sessions of agent programs among the processes: the user may be working in one. */
function noteSessions(invocation: Invocation, leases: readonly Lease[], found: readonly Found[]): void {
  const inside = leases.filter(({ spawn }) => spawn !== null);
  for (const { row } of found) {
    const agents = inside.filter(({ holder }) => holder?.pid === row.pid).length;
    if (agents > 0)
      invocation.note(`note: ${row.pid} ${row.command} is a whole session, with ${agentsWord(agents)} inside`);
  }
}

/** Without this command itself, which is always skipped. */
const worthTelling = (skipped: readonly Skipped[]): readonly Skipped[] =>
  skipped.filter(({ why }) => why !== OWN_LINEAGE);

export const run: RunCommand<OpenStore & OpenReaper & OpenHistory & Ask & SystemLog> = async (invocation, ports) => {
  const name = project(invocation.operands[0] as string);
  const graceMs = invocation.option('grace', (text) => durationMs('--grace', text)) ?? GRACE_MS;
  const reason = invocation.option('reason', reasonText) ?? 'User requested';
  const opened = { store: await ports.openStore(), reaper: await ports.openReaper() };
  actOnLastGood(opened.store, (text) => invocation.note(`note: ${text}`));
  const plan = await planKill(opened, name, reason);
  const before = await opened.reaper.look(targetOfKill(plan));
  noteSessions(invocation, plan.leases, before.found);
  let result: KillResult;
  if (invocation.has('dry-run')) result = { report: reportOfPlan(plan, before), unrecorded: null };
  else {
    const agents = agentsWord(agentsAmong(plan.leases, before.found));
    const question = `Kill ${agents} of ${plan.project} (${processesWord(before.found.length)})?`;
    if (!(await confirmed(invocation, ports, question, `resource-kill ${plan.project}`))) {
      invocation.note('nothing was killed');
      return EXIT.checkedNo;
    }
    result = await carryOutKill(opened, plan, graceMs, await ports.openHistory());
  }
  const { report, unrecorded } = result;
  invocation.answer({
    json: () => killJson(report),
    text: () => killText({ ...report, skipped: worthTelling(report.skipped) }, invocation.out.styles),
  });
  if (unrecorded !== null) return noteUnrecorded(invocation, ports, 'kill', unrecorded.error);
  return report.survivors.length === 0 && report.slotsKept === 0 ? EXIT.ok : EXIT.checkedNo;
};

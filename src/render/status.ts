/** The two screens of resource-status. */

import { projectKey } from '../core/model/ids.ts';
import { NOWHERE, type Place } from '../core/model/process-ref.ts';
import { effectiveMaxSlots, type State, usedSlots } from '../core/model/state.ts';
import { outlooks } from '../core/schedule/outlook.ts';
import type { Snapshot } from '../ports/snapshot.ts';
import type { Styles } from '../ports/styles.ts';
import { etaOf } from './eta.ts';
import { type AgentJson, type ProjectJson, statusJson } from './json/json.ts';
import { aheadText, waitText } from './reason.ts';
import { agentsWord, slotsWord } from './text/counts.ts';
import { durationWords } from './text/duration.ts';
import { elsewhereHint, placeText } from './text/holder.ts';
import { mark } from './text/styles.ts';
import { wrap } from './text/wrap.ts';

/** The cause of strain; figures alone do not tell which limit counts. */
function reasonLines({ vmState: { health, reason } }: State, styles: Styles, width: number): string[] {
  return health === null || health === 'healthy' || reason === null
    ? []
    : [styles.dim(wrap(`Why: ${reason}`, '   ', width))];
}

const HEALTH_WORDS = { healthy: 'Healthy', degraded: 'Degraded', critical: 'Critical' };

function healthLines(state: State, styles: Styles, width: number): string[] {
  const { vmState: vm, vmLimits: limits } = state;
  const sampled = vm.cpuPercent !== null || vm.memoryPercent !== null || vm.loadAverage !== null;
  const label = `${mark(styles, '🖥️ ', '')}${styles.bold('VM Health:')}`;
  if (!sampled || vm.health === null) return [`${label} Unknown ${styles.dim('(not sampled yet)')}`];
  const paint = { healthy: styles.good, degraded: styles.warn, critical: styles.bad }[vm.health];
  const head = `${label} ${paint(HEALTH_WORDS[vm.health])}`;
  const percent = (label: string, value: number | null, limit: number | null): string[] =>
    value === null ? [] : [`   ${label}: ${value}%${limit === null ? '' : ` (of ${limit}% limit)`}`];
  const load =
    vm.loadAverage === null
      ? []
      : [
          `   Load: ${vm.loadAverage}${limits.maxLoadAverage === null ? '' : ` (of ${limits.maxLoadAverage.toFixed(1)} limit)`}`,
        ];
  const disk = vm.diskUsagePercent === null ? [] : [`   Disk: ${vm.diskUsagePercent}%`];
  return [
    head,
    ...percent('CPU', vm.cpuPercent, limits.maxCpuPercent),
    ...percent('RAM', vm.memoryPercent, limits.maxMemoryPercent),
    ...load,
    ...disk,
    ...reasonLines(state, styles, width),
  ];
}

/** The names that fit into `room` columns, and the number of the others. */
function listed(names: readonly string[], room: number): string {
  let text = '';
  for (const [at, name] of names.entries()) {
    const rest = names.length - at;
    const next = text === '' ? name : `${text}, ${name}`;
    if (text !== '' && next.length + (rest > 1 ? 12 : 0) > room) return `${text}, +${rest} more`;
    text = next;
  }
  return text;
}

function projectLine({ project, slots, agents }: ProjectJson, label: number, width: number): string {
  const start = `   ${`${project}:`.padEnd(label + 1)} ${agentsWord(slots)}`;
  if (agents.length === 0) return start;
  return `${start} (Features: ${listed(
    agents.map(({ name }) => name),
    width - start.length - 14,
  )})`;
}

/** The whole machine. */
export function statusScreen(snapshot: Snapshot, styles: Styles, width: number): string {
  const { state, environment } = snapshot;
  const json = statusJson(snapshot);
  const effective = effectiveMaxSlots(state);
  const reduced = effective < state.maxSlots ? ` (${effective} allowed now)` : '';
  const lines = [
    `${mark(styles, '📊', '')}${styles.bold('VM Resource Status')}`,
    '',
    ...healthLines(state, styles, width),
    '',
    `${mark(styles, '🎯', '')}${styles.bold('Implementation Slots:')} ${usedSlots(state)}/${state.maxSlots} used${reduced}`,
  ];
  const label = Math.max(0, ...json.projects.map(({ project }) => project.length));
  lines.push('', styles.bold('Active Projects:'));
  for (const project of json.projects) lines.push(projectLine(project, label, width));
  if (json.projects.length === 0) lines.push('   none');

  const waiting = outlooks(state, environment);
  if (waiting.length > 0) lines.push('', styles.bold('Queued Projects:'));
  for (const outlook of waiting) {
    const { entry, reason } = outlook;
    const wanted =
      entry.minSlots === entry.slots ? slotsWord(entry.slots) : `${entry.minSlots} to ${slotsWord(entry.slots)}`;
    lines.push(
      entry.offeredUntil !== null
        ? `   ${entry.project}: ${slotsWord(entry.offeredSlots)} set aside, claim with: request-slots ${entry.project} ${entry.offeredSlots}`
        : `   ${entry.project}: Waiting for ${wanted} (${reason === null ? 'next in line, the slots are free' : aheadText(outlook)})`,
    );
    if (reason !== null)
      lines.push(styles.dim(wrap(`${entry.ticket}: ${waitText(outlook, state, environment)}`, '      ', width)));
  }
  const eta = etaOf(json);
  if (eta !== null) lines.push('', `Estimated completion: ${eta}`);
  return lines.join('\n');
}

function agentLine({ name, progress, phase, eta_seconds: left }: AgentJson, at: number): string {
  const done = progress === null ? 'running' : `${progress}% complete`;
  const where = phase === null ? '' : ` (${/^\d+\/\d+$/.test(phase) ? `Phase ${phase}` : phase})`;
  const eta = left === null || progress === 100 ? '' : `, ${durationWords(left)} left`;
  return `   ${at + 1}. Feature/${name} - ${done}${where}${eta}`;
}

/** One project, with or without slots. */
export function projectScreen(snapshot: Snapshot, project: string, styles: Styles, width: number): string {
  const { state, environment } = snapshot;
  const key = projectKey(project);
  const found = statusJson(snapshot).projects.find((entry) => projectKey(entry.project) === key);
  const slots = found?.slots ?? 0;
  const share = state.maxSlots === 0 ? 0 : Math.round((slots / state.maxSlots) * 100);
  const lines = [
    `${mark(styles, '📊', '')}${styles.bold(`${found?.project ?? project} Resource Usage`)}`,
    '',
    `Allocated Slots: ${slots}/${state.maxSlots} (${share}%)`,
  ];
  const unnamed = found ? found.leases.reduce((sum, lease) => sum + lease.slots, 0) - found.agents.length : 0;
  if (found && (found.agents.length > 0 || unnamed > 0)) {
    lines.push('', styles.bold('Active Agents:'), ...found.agents.map(agentLine));
    if (unnamed > 0) lines.push(`   ${found.agents.length > 0 ? `and ${unnamed}` : unnamed} without a name`);
  }
  const held = new Map<string, Place | null>(state.leases.map(({ id, holder }) => [id, holder]));
  for (const lease of found?.leases ?? []) {
    const holder =
      lease.holder === null
        ? 'detached'
        : `process ${lease.holder.pid}${lease.holder.command === null ? '' : ` (${lease.holder.command})`}${placeText(held.get(lease.lease) ?? NOWHERE, environment.here)}`;
    const inside = lease.parent === null ? '' : `, inside ${lease.parent}`;
    lines.push(styles.dim(`   ${lease.lease}: ${slotsWord(lease.slots)}, ${holder}${inside}`));
  }
  for (const outlook of outlooks(state, environment)) {
    const { entry, position } = outlook;
    if (projectKey(entry.project) !== key) continue;
    const why = waitText(outlook, state, environment);
    lines.push(
      '',
      wrap(`Waiting: ${slotsWord(entry.slots)}, ticket ${entry.ticket}, position ${position}: ${why}`, '', width),
    );
  }
  const hint = elsewhereHint(
    state.leases.filter((lease) => projectKey(lease.project) === key),
    environment.here,
  );
  if (hint !== null) lines.push('', wrap(hint, '', width));
  const eta = found === undefined ? null : etaOf(found);
  if (eta !== null) lines.push('', `ETA: ${eta}`);
  return lines.join('\n');
}

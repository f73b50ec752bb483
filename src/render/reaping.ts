/** Messages about agents ended to free memory: their usage, the reason for the choice, how to change the order. */

import type { Lease } from '../core/model/lease.ts';
import type { State } from '../core/model/state.ts';
import type { Candidate } from '../core/reap/victims.ts';
import type { EndedTrees } from '../ports/reaper.ts';
import { processesWord } from './text/counts.ts';
import { sizeText } from './text/size.ts';

function whyThis({ priority, isOver, expectedBytes, lease }: Candidate): string {
  const reasons = [`priority ${priority}`];
  if (isOver) reasons.push(`over its expected ${sizeText(expectedBytes)}`);
  if (lease.run?.isRetriable) reasons.push('retriable');
  return reasons.join(', ');
}

/** An agent inside a session loses only its tools. */
const nameOf = ({ id, project, agents, spawn }: Lease): string => {
  const agent = agents[0] === undefined ? '' : `/${agents[0].name}`;
  return `${spawn === null ? '' : 'the tools of '}${id} of ${project}${agent}`;
};

/** The processes that outlived their ending; empty without any. */
export function survivorsText(survivors: EndedTrees['survivors']): string {
  const left = survivors.map(({ row }) => `${row.pid} ${row.command} (${row.state})`).join(', ');
  return survivors.length === 0 ? '' : `; ${processesWord(survivors.length)} cannot be ended: ${left}`;
}

export function victimLine(chosen: Candidate, { vmState }: State): string {
  const { lease, memoryBytes, processes } = chosen;
  return (
    `${nameOf(lease)} (${sizeText(memoryBytes)}, ${processesWord(processes)}): ${vmState.reason}; ` +
    `chosen by ${whyThis(chosen)}; to change the order: resource-manager config set project_priorities.${lease.project} 8`
  );
}

export function endedLine(lease: Lease, { terminated, survivors }: EndedTrees, seconds: number): string {
  const name = lease.spawn === null ? `${lease.id} of ${lease.project}` : nameOf(lease);
  return `ended ${name}: ${processesWord(terminated.length)} in ${seconds.toFixed(1)}s${survivorsText(survivors)}`;
}

/** A day of history: two projects and a third with wide requests, reports of agents, samples of the machine. */
import type { Instant } from '../../src/core/model/instants.ts';
import type { KeptRecord } from '../../src/core/model/record.ts';

const MINUTE = 60_000;
export const DAY_MS = 1440 * MINUTE;

/** Records of the day before `until`, in order. `names` are the projects, the first two of which have an agent each. */
export function pastDay(until: number, names = ['consilio', 'odin', 'wide']): KeptRecord[] {
  const records: KeptRecord[] = [];
  const keep = (minute: number, kind: string, more: object): void => {
    records.push({ at: (until - DAY_MS + minute * MINUTE) as Instant, kind, ...more });
  };
  let id = 0;
  const hold = (minute: number, project: string, slots: number, waited: number, held: number): void => {
    id += 1;
    const [lease, ticket] = [`L${id}`, `T${id}`];
    keep(minute, 'queued', { project, ticket, slots, min_slots: slots });
    keep(minute + waited, 'granted', { project, lease, ticket, slots, waited_seconds: waited * 60 });
    keep(minute + waited + held, 'released', { project, lease, slots, held_seconds: held * 60 });
  };
  const [first = '', second = '', third = ''] = names;
  for (let minute = 10; minute < 1380; minute += 30) {
    hold(minute, first, 4, 0, 20);
    hold(minute + 5, second, 2, 1, 20);
    if (minute % 120 === 10) hold(minute + 8, third, 6, 5, 15);
  }
  for (let minute = 0; minute < 1440; minute += 5) {
    const wave = Math.sin(minute / 120);
    keep(minute, 'sample', { memory_percent: 55 + 25 * wave, cpu_percent: 50 - 40 * wave, effective_max_slots: 12 });
  }
  for (let minute = 15; minute < 1440; minute += 15) {
    const project = minute % 30 === 0 ? first : second;
    const agent = `${project}/auth`;
    keep(minute, 'usage', { agent, workflow: 'nightly', tokens: 20_000 + minute * 10, time_seconds: 60, cost: 0.05 });
  }
  return records.sort((a, b) => a.at - b.at);
}

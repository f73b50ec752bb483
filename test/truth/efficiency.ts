/** Every figure of `efficiency AGENT`, by docs/reference/figures.md. */
import type { Event, Files } from './files.ts';
import { round } from './forms.ts';
import { lengthOf, mean, slotsOf, spansIn, waitsOf } from './past.ts';
import { amountsInJson, presentOf, same, shareOf, sum, UNIT } from './present.ts';
import { presentRun, progressOf } from './runs.ts';

const LONG_GAP_MS = 5 * 60_000;

function idleShare(usage: readonly Event[]): number | null {
  const [first, last] = [usage[0], usage.at(-1)];
  if (first === undefined || last === undefined || last.at === first.at) return null;
  const gaps = usage.slice(1).map(({ at }, before) => at - (usage[before] as Event).at);
  return sum(gaps.filter((gap) => gap > LONG_GAP_MS)) / (last.at - first.at);
}

/** Slot-seconds that other projects waited because of the agent's own leases. */
function waitsCaused(files: Files, agent: string): number {
  const [project = '', name = ''] = agent.split('/');
  const first = files.events[0]?.at ?? files.now;
  return sum(
    spansIn(files, first, files.now).map((span) => {
      const others = slotsOf(span.queued.filter((one) => !same(one.project, project)));
      const own = span.held
        .filter((lease) => same(lease.project, project) && lease.agents.some((one) => same(one, name)))
        .map((lease) => lease.slots / lease.agents.length);
      return own.length === 0 ? 0 : ((others * sum(own)) / slotsOf(span.held)) * (lengthOf(span) / 1000);
    }),
  );
}

/** With shares of so many decimals; the screen rounds once. */
export function efficiencyOf(files: Files, agent: string, decimals = 4) {
  const present = presentOf(files);
  const budget = present.agents.find((one) => same(one.agent, agent));
  const run = presentRun(files.events, agent);
  const progress = progressOf(run) ?? 0;
  const idle = idleShare(run.usage);
  const project = agent.split('/')[0] as string;
  const waits = waitsOf(files.events.filter((event) => event.kind === 'granted' && same(event.project, project)));
  const consumed = (key: string): number => sum(run.usage.map((event) => event[key] ?? 0));
  return {
    used: amountsInJson((dimension) => {
      const own = budget.allocated?.[dimension];
      return own == null ? null : round(shareOf(budget.consumed?.[dimension] ?? 0, own), decimals) * UNIT[dimension];
    }),
    per_percent_of_progress:
      progress === 0
        ? null
        : {
            tokens: consumed('tokens') / progress,
            time_seconds: consumed('time_seconds') / progress,
            cost: consumed('cost') / progress,
          },
    idle_share: idle === null ? null : round(idle, decimals),
    reports: budget.reports ?? 0,
    grants: waits.length,
    waits_suffered_seconds: round(mean(waits), 4),
    waits_caused_seconds: round(waitsCaused(files, agent), 4),
  };
}

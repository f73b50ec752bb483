/** Recorded runs of agents, lived again in a pool: each call is reported at its time, two runs one after the other by each agent. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Commands } from './commands.ts';
import type { Raw } from './files.ts';

const BEGIN = Date.UTC(2026, 4, 20, 9, 0, 0, 3);
const APART = 7 * 60_000;

interface Step {
  readonly at: number;
  readonly words: readonly string[];
}

const callsIn = (path: string): Raw[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function stepsOf(calls: readonly Raw[], agent: string, begin: number): Step[] {
  const [project = '', name = ''] = agent.split('/');
  const reports = calls.map((call, at) => ({
    at: begin + 1 + Math.round(call.t * 1000),
    words: [
      ...['report-usage', agent, '--tokens', String(call.input_tokens + call.output_tokens)],
      ...['--cost', call.cost_usd.toFixed(6), '--progress', String(Math.floor((100 * (at + 1)) / calls.length))],
    ],
  }));
  const end = (reports.at(-1)?.at ?? begin) + 1000;
  return [
    { at: begin, words: ['request', project, '1', '--detached', '--agents', name] },
    ...reports,
    { at: end, words: ['release', project, '1'] },
  ];
}

/** Lives the runs of the `*.jsonl` files of a folder in `dir`, until `share` of the steps are done; answers the time after it. */
export async function liveRecorded(commands: Commands, dir: string, folder: string, share: number): Promise<number> {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
  const half = Math.ceil(names.length / 2);
  const ends = new Map<string, number>();
  const steps = names.flatMap((file, at) => {
    const agent = `p${(at % half) % 4}/a${at % half}`;
    const begin = Math.max(BEGIN + (at % half) * APART, ends.get(agent) ?? 0);
    const own = stepsOf(callsIn(join(folder, file)), agent, begin);
    ends.set(agent, (own.at(-1)?.at ?? begin) + 60_000);
    return own;
  });
  steps.sort((one, other) => one.at - other.at);
  const run = async (at: number, words: readonly string[]): Promise<void> => {
    const { status, stderr } = await commands.run(dir, at, words);
    if (status === 70 || status === 65) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  };
  await run(BEGIN - 2, ['init', '--max', '6']);
  await run(BEGIN - 1, ['budget', 'total', '--tokens', '40M', '--cost', '20']);
  // The agents without an allocation of their own share the pool.
  for (const [at, agent] of [...ends.keys()].entries()) {
    if (at % 3 > 0) await run(BEGIN - 1, ['budget', 'allocate', agent, '--tokens', '900k', '--cost', '1']);
  }
  const lived = steps.slice(0, Math.ceil(steps.length * share));
  for (const { at, words } of lived) await run(at, words);
  return (lived.at(-1)?.at ?? BEGIN) + 1;
}

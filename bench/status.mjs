/** resource-status of a busy machine with years of history, against an empty Node process. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { interleave } from './lib/interleave.mjs';
import { makeState } from './lib/state.mjs';
import { median } from './lib/statistics.mjs';
import { printSamples, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET = 1.5;
const [PROJECTS, AGENTS, DAYS] = [20, 10, 5 * 365];
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '60' } } });
const workplace = openWorkplace();
const dir = await makeState(workplace, 'busy', {});
const path = join(dir, 'slots.yaml');
const at = (minutesAgo) => new Date(Date.now() - minutesAgo * 60_000).toISOString();
const leases = Array.from({ length: PROJECTS }, (_, project) =>
  JSON.stringify({
    id: `L${project + 1}`,
    project: `project${project}`,
    slots: AGENTS,
    holder: null,
    acquired_at: at(30),
    expires_at: at(-240),
    agents: Array.from({ length: AGENTS }, (_, agent) => ({
      name: `feature${agent}`,
      pid: null,
      progress: (agent * 9 + project) % 100,
      phase: '2/4',
      progress_at: at(1),
    })),
  }),
);
writeFileSync(
  path,
  readFileSync(path, 'utf8')
    .replace(/^max_slots: .*$/m, 'max_slots: 250')
    .replace(/^leases: \[\]$/m, `leases:\n${leases.map((lease) => `  - ${lease}`).join('\n')}`),
);
mkdirSync(join(dir, 'history'));
const line = `{"at":"2026-01-01T00:00:00.000Z","kind":"usage","agent":"project1/feature1","tokens":1000}\n`;
for (let day = 0; day < DAYS; day += 1)
  writeFileSync(
    join(dir, 'history', `${new Date(Date.now() - day * 86_400_000).toISOString().slice(0, 10)}.jsonl`),
    line.repeat(500),
  );

const ms = (...words) => workplace.run(words, { dir }).ms;
const shown = workplace.run([workplace.bin('resource-status')], { dir }).stdout;
if (!shown.includes('200/250 used')) throw new Error(shown);
const samples = await interleave(Number(values.rounds), 2, {
  'node -e 0 A': () => ms('-e', '0'),
  'node -e 0 B': () => ms('-e', '0'),
  'resource-status': () => ms(workplace.bin('resource-status')),
  'resource-status project1': () => ms(workplace.bin('resource-status'), 'project1'),
});
printSamples(`${PROJECTS} projects, ${PROJECTS * AGENTS} agents, ${DAYS} days of history`, samples, 'node -e 0');
const ratio = median(samples['resource-status']) / median(samples['node -e 0 A']);
printTarget(`≤ ${TARGET} × node -e 0 (${ratio.toFixed(2)})`, ratio <= TARGET);

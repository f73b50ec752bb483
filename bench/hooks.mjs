/** A hook from spawn to exit: one that takes a slot, one that returns it, one with nothing to do. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { interleave } from './lib/interleave.mjs';
import { makeState } from './lib/state.mjs';
import { median } from './lib/statistics.mjs';
import { printSamples, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '100' } } });

const workplace = openWorkplace();
const dir = await makeState(workplace, 'hooks', { leases: 20 });
writeFileSync(join(dir, 'config.yaml'), 'max_per_project: 1000\n');
const session = '0b0c77aa-0000-4000-8000-000000000000';
const env = {
  PATH: process.env.PATH,
  HOME: workplace.folder,
  RESOURCE_MANAGER_DIR: dir,
  CLAUDE_PID: String(process.pid),
};

function ms(words, input = '') {
  const from = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, input, encoding: 'utf8' });
  const took = performance.now() - from;
  if (status !== 0 || stdout.includes('deny') || stdout.includes('systemMessage'))
    throw new Error(`${stdout}${stderr}`);
  return took;
}

const event = (name, word, more) =>
  ms(
    [workplace.bin('resource-manager'), 'hook', word],
    JSON.stringify({ session_id: session, hook_event_name: name, cwd: workplace.folder, ...more }),
  );
const nothing = () => ms(['-e', '0']);

function expectLeases(count) {
  const found = readFileSync(join(dir, 'slots.yaml'), 'utf8').match(/"spawn":/g)?.length ?? 0;
  if (found !== count) throw new Error(`${found} leases of agents, not ${count}`);
}

event('SessionStart', 'session-start', { source: 'startup' });
let call = 0;
const samples = await interleave(Number(values.rounds), 2, {
  'node -e 0 A': nothing,
  'node -e 0 B': nothing,
  // In pairs, so that the file has 20 leases before and after.
  pair: () => {
    call += 1;
    const agent = { tool_name: 'Agent', tool_use_id: `toolu_${call}`, tool_input: { prompt: 'x' } };
    const takes = event('PreToolUse', 'pre-tool-use', agent);
    expectLeases(1);
    event('SubagentStart', 'subagent-start', { agent_id: `a${call}` });
    const gives = event('SubagentStop', 'subagent-stop', { agent_id: `a${call}` });
    expectLeases(0);
    return { takes, gives };
  },
  'nothing to do': () =>
    event('PreToolUse', 'pre-tool-use', { tool_name: 'Bash', tool_use_id: 'b', tool_input: { command: 'ls' } }),
});

printSamples(`hooks, Node ${process.versions.node}, 20 leases`, samples, 'node -e 0');
const bare = median([...samples['node -e 0 A'], ...samples['node -e 0 B']]);
const ratio = (name) => median(samples[name]) / bare;
const slots = Math.max(ratio('takes'), ratio('gives'));
printTarget(
  `takes (${ratio('takes').toFixed(2)}) and gives (${ratio('gives').toFixed(2)}) ≤ 1.5 × node -e 0`,
  slots <= 1.5,
);
printTarget(`nothing to do (${ratio('nothing to do').toFixed(2)}) ≤ 1.1 × node -e 0`, ratio('nothing to do') <= 1.1);

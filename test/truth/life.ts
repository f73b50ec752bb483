/**
 * A random life of a pool: commands at set times by several projects and agents, samples of the machine, gaps, restarts
 * under the same names. The commands write the state and the history; samples are written beside them, as a monitor does.
 */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Commands } from './commands.ts';
import type { Dice } from './random.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export interface Life {
  readonly dir: string;
  /** The moment after the last command, in milliseconds since the epoch. */
  readonly now: number;
}

interface Place {
  readonly dir: string;
  readonly dice: Dice;
  readonly projects: readonly string[];
  readonly agents: readonly string[];
  now: number;
  health: string;
  readonly progress: Map<string, number>;
  /** Agents whose calls grow, and the tokens of their next call. */
  readonly growing: Map<string, number>;
}

const PROJECTS = ['consilio', 'odin', 'OpenHorizon', 'lab.x', 'nova_7'];
const NAMES = ['auth', 'api', 'docs', 'tests', 'deploy'];
const WORKFLOWS = ['default', 'nightly'];

const stamp = (at: number): string => new Date(at).toISOString();

/** The records of a list of slots.yaml, one JSON object a line. */
function recordsOf(dir: string, key: string): Record<string, unknown>[] {
  const text = readFileSync(join(dir, 'slots.yaml'), 'utf8');
  const [, after = ''] = text.split(new RegExp(`^${key}:.*\n`, 'm'));
  const lines = after.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('  - '));
  return lines.slice(0, end).map((line) => JSON.parse(line.slice(4)));
}

const duration = (dice: Dice): string => dice.pick(['40s', '5m', '17m', '1h', '3h', '90m']);

function amounts(dice: Dice, scale: number): string[] {
  const words: string[] = [];
  if (dice.chance(0.85)) words.push('--tokens', String(dice.whole(1, 1000) * scale));
  if (dice.chance(0.4)) words.push('--cost', (dice.whole(1, 500_000 * Math.max(1, scale / 10)) / 1e6).toFixed(6));
  if (dice.chance(0.3)) words.push('--time', `${dice.whole(1, 4000) * scale}ms`);
  return words.length > 0 ? words : ['--tokens', String(scale)];
}

function request(place: Place): string[] {
  const { dice, projects } = place;
  const slots = dice.whole(1, 5);
  const words = ['request', dice.pick(projects), String(slots)];
  words.push(...(dice.chance(0.8) ? ['--detached'] : ['--pid', String(process.pid)]));
  if (dice.chance(0.3)) words.push('--min', String(dice.whole(1, slots)));
  if (dice.chance(0.5)) words.push('--ttl', duration(dice));
  if (dice.chance(0.6)) words.push('--agents', NAMES.slice(0, dice.whole(1, slots)).join(','));
  if (dice.chance(0.15)) words.push('--priority', String(dice.whole(1, 10)));
  if (dice.chance(0.1)) words.push('--no-queue');
  return words;
}

/** Asks again for what waits already, as a loop of a supervisor does; takes an offer, if there is one. */
function askAgain(place: Place): string[] {
  const waiting = recordsOf(place.dir, 'queue');
  if (waiting.length === 0) return request(place);
  const { project, slots, min_slots: least, holder } = place.dice.pick(waiting);
  const who = holder === null ? ['--detached'] : ['--pid', String(process.pid)];
  return ['request', String(project), String(slots), '--min', String(least), ...who];
}

function release(place: Place): string[] {
  const leases = recordsOf(place.dir, 'leases');
  if (leases.length === 0) return request(place);
  const { id, project, slots } = place.dice.pick(leases);
  return place.dice.chance(0.3)
    ? ['release', String(project), String(place.dice.whole(1, Number(slots)))]
    : ['release', String(project), '--lease', String(id)];
}

/** The amounts of a call of an agent whose context grows, and is compacted now and then. */
function grown({ dice, growing }: Place, agent: string, tokens: number): string[] {
  const next = dice.chance(0.04) ? tokens / 4 : tokens * 1.03 + dice.whole(0, 300);
  growing.set(agent, Math.min(60_000, next));
  const spent = Math.round(tokens * (0.9 + dice.next() / 5));
  return ['--tokens', String(spent), '--cost', ((spent * 3) / 1e6).toFixed(6), '--time', `${dice.whole(1, 60_000)}ms`];
}

function report(place: Place): string[] {
  const { dice, progress, growing } = place;
  const agent = growing.size > 0 && dice.chance(0.8) ? dice.pick([...growing.keys()]) : dice.pick(place.agents);
  const tokens = growing.get(agent);
  const spent = tokens === undefined ? amounts(dice, dice.pick([1, 10, 40])) : grown(place, agent, tokens);
  const words = ['report-usage', agent, ...spent];
  if (dice.chance(0.6)) {
    const before = progress.get(agent) ?? 0;
    const after = before >= 100 || dice.chance(0.05) ? dice.whole(0, 10) : Math.min(100, before + dice.whole(0, 15));
    progress.set(agent, after);
    words.push('--progress', String(after));
    if (dice.chance(0.3)) words.push('--phase', `${dice.whole(1, 4)}/4`);
  }
  if (dice.chance(0.1)) words.push('--id', `k${dice.whole(1, 5)}`);
  if (dice.chance(0.06))
    return ['report-usage', agent, '--reserve', String(dice.whole(1, 9000)), '--id', `r${dice.whole(1, 9)}`];
  return words;
}

function budget(place: Place): string[] {
  const { dice } = place;
  const agent = dice.pick(place.agents);
  const workflow = ['--workflow', dice.pick(WORKFLOWS)];
  switch (
    dice.pick(['total', 'allocate', 'allocate', 'allocate', 'from-pool', 'borrow', 'return', 'release', 'equal'])
  ) {
    case 'total':
      return ['budget', 'total', ...workflow, ...amounts(dice, 2000), ...(dice.chance(0.2) ? ['--per', '5h'] : [])];
    case 'allocate':
      return [
        ...['budget', 'allocate', agent, ...amounts(dice, dice.pick([20, 100, 400])), ...workflow],
        ...(dice.chance(0.4) ? ['--priority', dice.pick(['critical', 'high', 'normal', 'low'])] : []),
        ...(dice.chance(0.2) ? ['--per', dice.pick(['1h', '5h', 'day'])] : []),
      ];
    case 'from-pool':
      return ['budget', 'from-pool', agent, '--tokens', String(dice.whole(1, 9000))];
    case 'borrow':
      return ['budget', 'borrow', agent, '--tokens', String(dice.whole(1, 9000))];
    case 'return':
      return ['budget', 'return', agent];
    case 'release':
      place.progress.delete(agent);
      return ['budget', 'release', agent];
    default:
      return [
        'budget',
        'equal',
        agent,
        dice.pick(place.agents),
        '--tokens',
        String(dice.whole(100, 90_000)),
        ...workflow,
      ];
  }
}

function byHand(place: Place): string[] {
  const { dice } = place;
  const agent = dice.pick(place.agents);
  switch (dice.pick(['throttle', 'stop', 'resume', 'resume', 'cancel', 'kill'])) {
    case 'throttle':
      return ['throttle', agent, '--rate', String(dice.whole(1, 10) / 10)];
    case 'stop':
      return ['stop', agent, '--reason', 'by hand'];
    case 'resume':
      return ['resume', agent];
    case 'kill':
      return ['kill', dice.pick(place.projects), '-y'];
    default: {
      const waiting = recordsOf(place.dir, 'queue');
      return ['cancel', String(waiting.length === 0 ? dice.pick(place.projects) : dice.pick(waiting).ticket)];
    }
  }
}

/** Writes records of this moment into the history. */
function addRecords({ dir, now }: Place, records: readonly object[]): void {
  const lines = records.map((record) => `${JSON.stringify({ at: stamp(now), ...record })}\n`);
  mkdirSync(join(dir, 'history'), { recursive: true });
  appendFileSync(join(dir, 'history', `${stamp(now).slice(0, 10)}.jsonl`), lines.join(''));
}

/** Writes a sample into the state and the history, as a monitor does, and a change of health. */
function sample(place: Place): void {
  const { dice, dir, now } = place;
  const max = Number(/^max_slots: (\d+)/m.exec(readFileSync(join(dir, 'slots.yaml'), 'utf8'))?.[1]);
  const health = dice.chance(0.7) ? 'healthy' : dice.pick(['degraded', 'degraded', 'critical']);
  const allowed = health === 'healthy' ? max : dice.whole(Math.min(1, max), max);
  const percent = (): number | null => (dice.chance(0.95) ? dice.whole(0, 1000) / 10 : null);
  const vm = {
    cpu_percent: percent(),
    memory_percent: percent(),
    load_average: dice.chance(0.95) ? dice.whole(0, 2000) / 100 : null,
    disk_usage_percent: percent(),
    health,
    effective_max_slots: allowed,
    sampled_at: stamp(now),
    memory_available: dice.chance(0.8) ? dice.whole(1, 2 ** 31) : null,
  };
  let text = readFileSync(join(dir, 'slots.yaml'), 'utf8').replace(/^ {2}(reason|memory_available): .*\n/gm, '');
  for (const [key, value] of Object.entries(vm)) {
    if (key === 'memory_available') {
      if (value !== null) text = text.replace(/^( {2}sampled_at: .*)$/m, `$1\n  memory_available: ${value}`);
    } else text = text.replace(new RegExp(`^  ${key}: .*$`, 'm'), `  ${key}: ${value}`);
  }
  writeFileSync(join(dir, 'slots.yaml'), text);
  const records: object[] = [
    {
      ...{ kind: 'sample', cpu_percent: vm.cpu_percent, memory_percent: vm.memory_percent },
      ...{ memory_available_bytes: vm.memory_available, swap_percent: null, load_average: vm.load_average },
      ...{ disk_percent: vm.disk_usage_percent, failures: [], health },
      // An older version kept samples without the capacity.
      ...(dice.chance(0.95) ? { effective_max_slots: allowed } : {}),
    },
  ];
  const reason = health === 'healthy' ? null : 'load 14.1 (limit 4)';
  if (health !== place.health) records.push({ kind: 'health', from: place.health, to: health, reason });
  place.health = health;
  addRecords(place, records);
}

/** Writes that the run of a lease is being ended, as the monitor does; the lease ends when somebody releases it. */
function ending(place: Place): string[] | null {
  const { dice } = place;
  const leases = recordsOf(place.dir, 'leases');
  if (leases.length === 0) return null;
  const { id, project } = dice.pick(leases);
  const by = dice.pick(['budget', 'budget', 'person', 'time']);
  const why = by === 'budget' ? 'budget: nothing is left' : 'kill';
  addRecords(place, [{ kind: 'ending', lease: id, project, why, by }]);
  place.now += dice.whole(1, 1500);
  return dice.chance(0.6) ? ['release', String(project), '--lease', String(id)] : null;
}

/** Keys that records of older versions have not. */
const NEWER = ['requested', 'min_slots', 'held_seconds', 'reason', 'by', 'priority', 'phase', 'agents'];

/** Makes the records before a random moment those of an older version, or forgets the oldest file. */
function age(place: Place): void {
  const { dice, dir } = place;
  const folder = join(dir, 'history');
  const names = readdirSync(folder).sort();
  if (!dice.chance(0.3) || names.length === 0) return;
  const name = names[0] as string;
  const lines = readFileSync(join(folder, name), 'utf8').split('\n');
  const until = dice.whole(0, lines.length);
  const aged = lines.map((line, at) =>
    at >= until || line === ''
      ? line
      : JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line)).filter(([key]) => !NEWER.includes(key)))),
  );
  if (dice.chance(0.3)) aged.splice(0, dice.whole(0, aged.length - 1));
  if (dice.chance(0.3)) aged.splice(dice.whole(0, aged.length - 1), 0, '{"at":"2026-1');
  writeFileSync(join(folder, name), aged.join('\n'));
}

const pauseOf = ({ dice, growing }: Place): number => {
  const kind = dice.next();
  // Agents at work report often.
  if (growing.size > 0 && kind < 0.9) return dice.whole(SECOND, 90 * SECOND);
  if (kind < 0.25) return dice.whole(1, 5 * SECOND);
  if (kind < 0.75) return dice.whole(SECOND, 2 * MINUTE);
  if (kind < 0.985) return dice.whole(MINUTE, 20 * MINUTE);
  return dice.whole(HOUR, 30 * HOUR);
};

const forecast = ({ dice, agents }: Place): string[] => ['forecast', dice.pick(agents)];

const STEPS: readonly (readonly [number, (place: Place) => string[] | null])[] = [
  [0.04, forecast],
  [0.2, request],
  [0.14, askAgain],
  [0.14, release],
  [0.3, report],
  [0.06, budget],
  [0.04, byHand],
  [0.02, ending],
  [0.02, ({ dice }) => ['set-max', String(dice.chance(0.15) ? 0 : dice.whole(2, 12))]],
  [
    0.1,
    (place) => {
      sample(place);
      return null;
    },
  ],
];

function step(place: Place): string[] | null {
  if (place.growing.size > 0 && place.dice.chance(0.6)) return report(place);
  let left = place.dice.next() * STEPS.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, make] of STEPS) {
    left -= weight;
    if (left < 0) return make(place);
  }
  return null;
}

function configOf(dice: Dice, projects: readonly string[]): string {
  const lines = [
    `strategy: ${dice.pick(['fifo', 'fair-share', 'priority'])}`,
    `max_per_project: ${dice.whole(3, 8)}`,
    'slot_memory: 0',
  ];
  if (dice.chance(0.5)) lines.push(`project_priorities: { ${projects[0]}: ${dice.whole(1, 10)} }`);
  if (dice.chance(0.5)) lines.push(`projects: { ${projects[1]}: { weight: ${dice.whole(2, 4)} } }`);
  return `${lines.join('\n')}\n`;
}

/** Lives a life of `steps` commands in `dir`. Commands that are refused are part of it. */
export async function live(commands: Commands, dir: string, dice: Dice, steps: number): Promise<Life> {
  const projects = PROJECTS.slice(0, dice.whole(2, PROJECTS.length));
  const agents = projects.flatMap((project) => NAMES.slice(0, 2).map((name) => `${project}/${name}`));
  agents.push('solo');
  const begin = Date.UTC(2026, dice.whole(0, 10), dice.whole(1, 28), dice.whole(0, 23), dice.whole(0, 59), 7);
  const place: Place = {
    dir,
    dice,
    projects,
    agents,
    now: begin,
    health: 'healthy',
    progress: new Map(),
    growing: new Map(),
  };
  if (dice.chance(0.4))
    for (let count = dice.whole(1, 2); count > 0; count -= 1) place.growing.set(dice.pick(agents), 900);
  const run = async (words: readonly string[]): Promise<void> => {
    const { status, stderr } = await commands.run(dir, place.now, words);
    if (status === 70 || status === 65) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  };
  await run(['init', '--max', String(dice.whole(3, 10)), '--per-project', '8']);
  writeFileSync(join(dir, 'config.yaml'), configOf(dice, projects));
  if (dice.chance(0.8)) await run(['budget', 'total', '--tokens', '2M', '--cost', '40']);
  for (let count = 0; count < steps; count += 1) {
    place.now += pauseOf(place);
    const words = step(place);
    if (words !== null) await run(words);
  }
  if (dice.chance(0.5)) place.now += pauseOf(place);
  // Looks read a window that is over as renewed; the files say so only after a command has written them.
  const isOver = recordsOf(dir, 'budgets').some(
    ({ window }) => Date.parse((window as { ends_at?: string })?.ends_at ?? '') <= place.now,
  );
  if (isOver || dice.chance(0.3)) {
    const max = /^max_slots: (\d+)/m.exec(readFileSync(join(dir, 'slots.yaml'), 'utf8'))?.[1];
    await run(['set-max', String(max)]);
  }
  age(place);
  return { dir, now: place.now };
}

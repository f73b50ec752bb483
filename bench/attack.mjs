/**
 * A member of the group plants anything anywhere that he can write, in a shared pool, beside a monitor of root and commands of
 * others. Nothing of others may be touched, and nobody may be blocked longer than a takeover of the lock takes. `--plantings N`,
 * `--seed N`, `--from N`, `--batch N`; `--peer FOLDER` attacks another build.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openActors } from './lib/attack-actors.mjs';
import { openPlantings } from './lib/attack-plantings.mjs';
import { changes, harmed, leaked, snapshot } from './lib/attack-watch.mjs';
import { GROUP, makeMachine, openWorld, POOL, pause, SECRET, USERS, WATCHED } from './lib/attack-world.mjs';
import { enterNamespaces } from './lib/namespaces.mjs';
import { stat } from './lib/proc.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { random } from './lib/traces.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const option = (value) => ({ type: 'string', default: String(value) });
const { values } = parseArgs({
  options: {
    ...{
      plantings: option(10_000),
      seed: option(1),
      from: option(0),
      batch: option(4),
      slow: option(8),
      peer: { type: 'string' },
    },
    ...{ minutes: option(60), most: option(40) },
  },
});
await enterNamespaces({ cgroup: true });

const [plantings, seed, from, batch, slow, minutes, most] = [
  'plantings',
  'seed',
  'from',
  'batch',
  'slow',
  'minutes',
  'most',
].map((name) => Number(values[name]));
const workplace = openWorkplace();
chmodSync(workplace.folder, 0o755);
const bin = values.peer === undefined ? workplace.bin : workplace.peerBin(values.peer);
const scratch = join(workplace.folder, 'machine');
mkdirSync(scratch);
makeMachine(scratch);
const world = openWorld({ folder: workplace.folder, bin });

let facts;
let files;
let base;
let worlds = 0;

const layoutOf = (entries) => [...entries.keys()].map((path) => path.slice(POOL.length + 1)).filter(Boolean);
const seenPlaces = new Set();

async function build() {
  worlds += 1;
  const { processes, runs } = await world.build();
  base = world.describePool();
  for (const place of layoutOf(base)) seenPlaces.add(place);
  files = snapshot(WATCHED);
  facts = {
    ...{ processes, runs, bin, firstStarted: stat(1).started, boot: world.boot, namespace: world.namespace },
    layout: [...seenPlaces].sort(),
    base: { slots: readFileSync(join(POOL, 'slots.yaml'), 'utf8') },
  };
}

/** The base without the marks of a moment: who holds the lock. */
function settledBase() {
  for (const path of base.keys()) if (/slots\.yaml\.lock\/./.test(path) && !path.endsWith('/free')) base.delete(path);
}

async function reset() {
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      world.restore(base);
      const text = readFileSync(join(POOL, 'slots.yaml'), 'utf8');
      if (Object.values(facts.runs).every(({ lease }) => text.includes(`"${lease}"`))) return;
    } catch (error) {
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    }
    await pause(20);
  }
  throw new Error('the pool cannot be restored');
}

const generator = (at) => random(seed * 1_000_003 + at);
const planting = (at) => openPlantings({ next: generator(at), facts })();
let permitted = 0;
let planted = 0;
let isHarmed = false;
const actorFigures = { commands: 0, refused: 0, slowestMs: 0, slowest: '' };

/** Plants, lets the others act, and returns what has been touched, in words. */
async function attack(list, first = list[0].at) {
  const next = generator(first + 0.5);
  const actors = openActors({ next, world, runs: facts.runs, slow: slow * 1_000 });
  for (const one of list) {
    const { done, errors } = await world.plant(one.list);
    one.errors = errors;
    planted += 1;
    if (done > 0) permitted += 1;
  }
  const complaints = await actors.perform(actors.choose());
  const { figures } = actors;
  actorFigures.commands += figures.commands;
  actorFigures.refused += figures.refused;
  if (figures.slowestMs > actorFigures.slowestMs)
    Object.assign(actorFigures, {
      slowestMs: figures.slowestMs,
      slowest: `${figures.slowest} after ${list.map(({ at }) => at)}`,
    });
  const words = complaints.length;
  complaints.push(...harmed(facts.processes));
  complaints.push(...changes(files, snapshot(WATCHED)));
  const monitor = world.monitor();
  if (monitor.exitCode !== null || monitor.signalCode !== null)
    complaints.push(
      `the monitor of root has ended: ${monitor.exitCode ?? monitor.signalCode}: ${monitor.text.slice(-300)}`,
    );
  complaints.push(
    ...leaked([POOL, '/home/member'], {
      attacker: USERS.member,
      group: GROUP,
      secret: SECRET,
      isOthers: (path) => path.startsWith('/home/member/') && path !== '/home/member/signals',
    }),
  );
  for (const path of readdirSync(join(POOL, '..')))
    if (path !== 'other' && join(POOL, '..', path) !== POOL) complaints.push(`new: /var/lib/${path}`);
  isHarmed = complaints.length > words;
  return complaints;
}

/** Makes the pool as it was, or the whole world if something of others was touched. */
async function renew() {
  if (!isHarmed) return reset();
  await build();
  settledBase();
}

const kindOf = (complaint) => complaint.replace(/\d+/g, 'N').split(/[:(→]/).slice(0, 2).join(':').trim();
const found = new Map();
function report(list, complaints) {
  for (const complaint of complaints) {
    const key = `${kindOf(complaint)} ← ${list.length === 1 ? `${list[0].kind}: ${list[0].name.replace(/[\d].*/g, '').slice(0, 40)}` : 'together'}`;
    const one = found.get(key) ?? { times: 0, complaint, list };
    one.times += 1;
    if (one.times === 1) {
      console.log(`\n${complaint}`);
      for (const { at, kind, name, list: steps, errors } of list)
        console.log(
          `  planting ${at} (${kind}, ${name}): ${JSON.stringify(steps).slice(0, 1_500)}${errors?.length ? `\n    refused: ${errors.join('; ')}` : ''}`,
        );
      console.log(
        `  repeat: node bench/attack.mjs --seed ${seed} --from ${list[0].at} --plantings ${list.length} --batch ${list.length}`,
      );
    }
    found.set(key, one);
  }
}

await build();
settledBase();
const begun = performance.now();
let at = from;
for (; at < from + plantings && performance.now() - begun < minutes * 60_000 && found.size < most; at += batch) {
  const numbers = Array.from({ length: Math.min(batch, from + plantings - at) }, (_, offset) => at + offset);
  const list = numbers.map((number) => ({ at: number, ...planting(number) }));
  const complaints = await attack(list);
  await renew();
  if (complaints.length === 0) continue;
  // Each by itself, for the least input.
  let isFound = false;
  for (const number of list.length === 1 ? [] : numbers) {
    const one = [{ at: number, ...planting(number) }];
    const alone = await attack(one, at);
    await renew();
    if (alone.length > 0) report(one, alone);
    isFound ||= alone.length > 0;
  }
  if (!isFound) report(list, complaints);
}
await world.end();

const seconds = (performance.now() - begun) / 1_000;
printTable(`a member plants, seed ${seed}, from ${from}`, [
  ['plantings', `${planted} (${permitted} permitted in part or whole)`],
  ['commands of others', String(actorFigures.commands)],
  ['of these refused because of a planting (65, 73, 74, 77)', String(actorFigures.refused)],
  ['slowest', `${(actorFigures.slowestMs / 1_000).toFixed(1)} s: ${actorFigures.slowest}`],
  ['worlds made', String(worlds)],
  ['seconds', `${seconds.toFixed(0)}, ${((1_000 * seconds) / Math.max(1, at - from)).toFixed(0)} ms for each planting`],
]);
for (const [key, { times }] of found) console.log(`${times} × ${key}`);
printTarget(
  `nothing of others touched, nobody blocked, by ${Math.min(plantings, at - from)} of ${plantings} plantings: ${found.size} kinds of findings`,
  found.size === 0 && at - from >= plantings,
);
process.exitCode = found.size === 0 && at - from >= plantings ? 0 : 1;

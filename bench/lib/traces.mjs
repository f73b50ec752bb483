/** Runs of agents as lists of calls: recorded ones from a folder, or synthetic ones with a growing context. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A small seeded generator (mulberry32), so that a bench is repeatable. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const recorded = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
        .map((call) => ({ at: call.t, tokens: call.input_tokens + call.output_tokens })),
    );

function madeUp(count, next) {
  const between = (least, most) => least + (most - least) * next();
  return Array.from({ length: count }, () => {
    const grows = between(150, 1500);
    let context = between(2_000, 8_000);
    let at = 0;
    return Array.from({ length: Math.round(between(15, 120)) }, () => {
      const output = Math.round(between(80, 900));
      const call = { at, tokens: Math.round(context) + output };
      context += output + grows * next();
      at += between(3, 25);
      return call;
    });
  });
}

/** Runs of at least two calls. */
export const runsFrom = (folder, next) =>
  (folder === undefined ? madeUp(40, next) : recorded(folder)).filter((calls) => calls.length > 1);

'use strict';
/** Allocates memory and keeps it: node hog.cjs MIB_PER_STEP STEP_MS MOST_MIB. Prints its total in MiB after each step. */
const [, , step, everyMs, most] = process.argv.map(Number);
const kept = [];
const timer = setInterval(() => {
  kept.push(Buffer.alloc(step * 2 ** 20, 1));
  process.stdout.write(`${kept.length * step}\n`);
  if (kept.length * step >= most) clearInterval(timer);
}, everyMs);
setInterval(() => {}, 1e9);

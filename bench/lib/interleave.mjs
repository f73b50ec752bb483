/** Measures candidates side by side, so that other load of the machine affects all of them alike. */

export function shuffled(items) {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(Math.random() * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

/**
 * Runs every candidate once per round, in a new random order each round, after `warmUp` rounds that do not count.
 * `candidates` maps a name to a function that returns (or promises) milliseconds, or several by name: `{ request: 3 }`.
 * Returns the samples by name.
 */
export async function interleave(rounds, warmUp, candidates) {
  const samples = {};
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const [name, run] of shuffled(Object.entries(candidates))) {
      const measured = await run();
      if (round < 0) continue;
      const named = typeof measured === 'number' ? { [name]: measured } : measured;
      for (const [label, ms] of Object.entries(named)) {
        samples[label] ??= [];
        samples[label].push(ms);
      }
    }
  }
  return samples;
}

/** Milliseconds that `act` takes. */
export async function timed(act) {
  const from = performance.now();
  await act();
  return performance.now() - from;
}

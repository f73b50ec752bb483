/** A folder of synthetic runs, as `forecast --backtest` reads them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './cli.ts';

/** Calls a few seconds apart, with a context that grows by the same amount each time. */
export function recordedRuns(count = 4, calls = 40): string {
  const folder = temporaryFolder();
  for (let run = 0; run < count; run += 1) {
    const lines = Array.from({ length: calls }, (_, at) =>
      JSON.stringify({
        t: at * (4 + run) + (at % 3),
        input_tokens: 2000 + at * (200 + 100 * run),
        cached_tokens: 0,
        output_tokens: 100,
        cost_usd: 0.001 + at * 0.0001,
      }),
    );
    writeFileSync(join(folder, `run-${run}.jsonl`), `${lines.join('\n')}\n`);
  }
  return folder;
}

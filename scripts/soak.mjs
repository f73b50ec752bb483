/**
 * Runs the property tests in rounds, each with a random seed: `npm run test:soak -- [ROUNDS] [FOLDER…]`. Stops at the
 * first round that fails, and prints the seed that repeats it.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [rounds = '20', ...folders] = process.argv.slice(2);
const files = (folders.length === 0 ? ['test'] : folders)
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
  .filter((file) => file.endsWith('.test.ts') && !file.endsWith('mutants.test.ts'))
  .filter((file) => /fc\.assert|from '\.\/(checks|sessions|feed)\.ts'/.test(readFileSync(file, 'utf8')));

for (let round = 1; round <= Number(rounds); round += 1) {
  const seed = randomInt(2 ** 31);
  console.log(`round ${round} of ${rounds}: PROPERTY_SEED=${seed}`);
  const { status, stdout, stderr } = spawnSync('npx', ['vitest', 'run', '--testTimeout=0', ...files], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: { ...process.env, PROPERTY_SEED: String(seed) },
  });
  if (status !== 0) {
    console.error(stdout, stderr);
    console.error(`failed; the same again: PROPERTY_SEED=${seed} npx vitest run ${files.join(' ')}`);
    process.exit(1);
  }
}

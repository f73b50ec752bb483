/** The lock between real processes: exactly one takes it over from a dead holder, and two never hold it at once. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, ROOT, start, temporaryFolder } from '../../helpers/cli.ts';

let folder = '';
let bundle = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lock-test-'));
  bundle = join(folder, 'lock.cjs');
  await build({
    stdin: {
      contents: `export { takeLock } from './src/store/lock/lock.ts'; export { linuxProcesses } from './src/host/processes/linux.ts';`,
      resolveDir: ROOT,
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: bundle,
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Worker {
  readonly child: ChildProcess;
  /** Resolves with the next line of its output. */
  next(): Promise<string>;
  say(line: string): void;
}

function worker(args: readonly string[]): Worker {
  const child = start(process.execPath, [join(ROOT, 'test/helpers/lock-worker.cjs'), bundle, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return {
    child,
    next: async () => (await lines.next()).value as string,
    say: (line) => child.stdin?.write(`${line}\n`),
  };
}

const peak = (witness: string): number => {
  let inside = 0;
  return Math.max(
    ...readFileSync(witness, 'utf8')
      .trim()
      .split('\n')
      .map((step) => (inside += Number(step))),
  );
};

describe('eight contenders', () => {
  it.each([
    ['that find the lock of a dead holder', 12],
    ['that wait while its holder dies', 12],
  ])('%s hold it one after the other and lose no update', async (name, trials) => {
    const dir = temporaryFolder();
    const [lockDir, counter, witness] = [join(dir, 'x.lock'), join(dir, 'counter'), join(dir, 'witness')];
    writeFileSync(counter, '0');
    const args = [lockDir, counter, witness];
    const contenders = Array.from({ length: 8 }, () => worker(args));
    await Promise.all(contenders.map((contender) => contender.next()));
    for (let trial = 0; trial < trials; trial += 1) {
      const victim = worker(args);
      await victim.next();
      victim.say('die inside');
      if (name.includes('find')) await ended(victim.child);
      for (const contender of contenders) contender.say('go');
      await Promise.all([ended(victim.child), ...contenders.map((contender) => contender.next())]);
    }
    // The last victim may have been the last holder; one more turn shows that its lock is free too.
    contenders[0]?.say('go');
    await contenders[0]?.next();
    expect(readFileSync(counter, 'utf8')).toBe(String(8 * trials + 1));
    expect(peak(witness)).toBe(1);
    expect(readdirSync(lockDir)).toEqual(['free']);
  });
});

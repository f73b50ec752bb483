import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sandbox } from '../helpers/cli.ts';

const LEFT = ['.slots.yaml.4711.abc', '.config.yaml.4711.abc'];
const LOCK = '.slots.yaml.lock.held.1.2.b0.3.4.x';
const FOREIGN = ['.slots.yaml.swp', 'notes.txt'];
const longAgo = new Date(Date.now() - 3_600_000);

function aFolder() {
  const box = sandbox();
  for (const name of [...LEFT, ...FOREIGN]) writeFileSync(join(box.dir, name), '');
  mkdirSync(join(box.dir, LOCK, 'free'), { recursive: true });
  const age = (...names: string[]): void => {
    for (const name of names) utimesSync(join(box.dir, name), longAgo, longAgo);
  };
  const there = (): string[] => readdirSync(box.dir).filter((name) => [...LEFT, LOCK, ...FOREIGN].includes(name));
  return { ...box, age, there };
}

it('what a killed first command left is removed by a later one', () => {
  const { run, age, there } = aFolder();
  age(...LEFT, LOCK, ...FOREIGN, 'slots.yaml');
  expect(run('request-slots', ['p', '1', '--detached']).status).toBe(0);
  expect(there()).toEqual(FOREIGN.sort());
});

it('what may be in use is not', () => {
  const { run, age, there } = aFolder();
  age('slots.yaml');
  expect(run('request-slots', ['p', '1', '--detached']).status).toBe(0);
  expect(there()).toHaveLength(5);
});

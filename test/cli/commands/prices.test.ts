/** resource-manager prices: the table, prices kept from a file, and prices stated in config.yaml. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sandbox } from '../../helpers/cli.ts';
import { expectSchema } from '../../helpers/schema.ts';

interface Answer {
  readonly as_of: string;
  readonly models: readonly { readonly model: string; readonly input: number; readonly source: string }[];
}

function aMachine(config = '') {
  const box = sandbox(4, { config });
  const file = join(box.dir, '..', 'new.json');
  return {
    ...box,
    file,
    prices: (...args: string[]) => box.run('resource-manager', ['prices', ...args]),
    priceOf(model: string): number | undefined {
      const { answer } = box.json<Answer>('resource-manager', ['prices']);
      expectSchema('prices', answer);
      return answer.models.findLast((one) => one.model === model)?.input;
    },
  };
}

it('lists each model with its source', () => {
  const machine = aMachine();
  const { stdout, status } = machine.prices('list');
  expect(status).toBe(0);
  expect(stdout).toMatch(/claude-opus-5-5 .*\$4 .*\$20 .*\$0\.2 .*Claude Code/);
  expect(stdout).toContain('An unknown model is counted like claude-fable-5-1, at $10 a million tokens in and $50 out');
  expect(machine.priceOf('claude-opus-5-5')).toBe(4);
});

it('keeps the prices of a file, also those of its own answer, and refuses nonsense whole', () => {
  const machine = aMachine();
  const lite = { 'saga-9': { input_cost_per_token: 3e-6, output_cost_per_token: 1.5e-5 } };
  writeFileSync(machine.file, JSON.stringify(lite));
  expect(machine.prices('update', '--from', machine.file, '--dry-run').stdout).toContain(
    'would keep the prices of 1 model',
  );
  expect(machine.priceOf('saga-9')).toBeUndefined();
  expect(machine.prices('update', '--from', machine.file)).toMatchObject({ status: 0 });
  expect(machine.priceOf('saga-9')).toBe(3);
  const own = machine.run('resource-manager', ['prices', '--json']).stdout;
  writeFileSync(machine.file, own);
  expect(machine.prices('update', '--from', machine.file)).toMatchObject({ status: 0 });
  expect(machine.priceOf('saga-9')).toBe(3);

  const before = readFileSync(join(machine.dir, 'prices.json'));
  for (const bad of [
    '',
    'half {',
    '[]',
    '{}',
    JSON.stringify({ ...lite, other: { ...lite['saga-9'], input_cost_per_token: -1 } }),
  ]) {
    writeFileSync(machine.file, bad);
    expect(machine.prices('update', '--from', machine.file), bad).toMatchObject({ status: 65 });
  }
  expect(machine.prices('update', '--from', join(machine.dir, 'none.json'))).toMatchObject({ status: 66 });
  expect(readFileSync(join(machine.dir, 'prices.json'))).toEqual(before);
  expect(readdirSync(machine.dir).filter((name) => name.includes('prices.json'))).toEqual(['prices.json']);
});

it('refuses kept prices that are damaged, and says how to have others', () => {
  const machine = aMachine();
  writeFileSync(join(machine.dir, 'prices.json'), '{"models":[{"model":"m"}]}');
  const { status, stderr } = machine.prices();
  expect(status).toBe(65);
  expect(stderr).toContain('resource-manager prices update --from FILE');
});

it('has a stated price before all others', () => {
  const machine = aMachine('prices: { "openrouter/acme/own": { input: 7, output: 9 } }\n');
  expect(machine.priceOf('openrouter/acme/own')).toBe(7);
  expect(machine.run('resource-manager', ['config', 'get', 'prices.openrouter/acme/own.output']).stdout).toContain('9');
});

it.each([
  [['lost'], /list/],
  [['update'], /--from FILE/],
  [['--from', 'x'], /update/],
])('refuses %j', (args, why) => {
  const { status, stderr } = aMachine().prices(...args);
  expect(status).toBe(64);
  expect(stderr).toMatch(why);
});

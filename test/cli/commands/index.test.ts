/** The table of commands matches package.json and bin/. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COMMANDS, GROUPS } from '../../../src/cli/commands/index.ts';
import { SLOT_COMMANDS } from '../../../src/cli/commands/slots.ts';
import { ROOT } from '../../helpers/cli.ts';

const installed = Object.values(COMMANDS).flatMap((entry) => entry.installed ?? []);
const programs = ['agent-resource-manager', 'resource-manager'];

it('has each command in one group', () => {
  const names = Object.values(GROUPS).flatMap((table) => Object.keys(table));
  expect(names).toEqual(Object.keys(COMMANDS));
  expect(names).toEqual([...new Set(names)]);
});

it('has the commands of package.json', () => {
  const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(Object.keys(bin).sort()).toEqual([...programs, ...installed].sort());
  for (const name of installed) expect(bin[name]).toBe(`bin/${name}.cjs`);
  for (const name of programs) expect(bin[name]).toBe('bin/resource-manager.cjs');
});

it('has a file in bin/ for each installed command, and no other file', () => {
  expect(readdirSync(join(ROOT, 'bin')).sort()).toEqual(
    [...installed, 'resource-manager'].map((name) => `${name}.cjs`).sort(),
  );
  const ofSlots = Object.values(SLOT_COMMANDS).flatMap((entry) => entry.installed);
  for (const name of installed) {
    const words = ofSlots.includes(name) ? "process.exit, 'slots'" : 'process.exit';
    expect(readFileSync(join(ROOT, 'bin', `${name}.cjs`), 'utf8')).toBe(
      `#!/usr/bin/env node\n'use strict';\nrequire('../dist/launch.cjs').launch('${name}', ${words});\n`,
    );
  }
});

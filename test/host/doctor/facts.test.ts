import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readFacts } from '../../../src/host/doctor/facts.ts';
import { temporaryFolder } from '../../helpers/cli.ts';

it.each([undefined, '', 'another'])('asks systemd about the user of this process when USER is %j', (USER) => {
  const [lib, runtime] = [temporaryFolder(), temporaryFolder()];
  mkdirSync(join(runtime, 'systemd/private'), { recursive: true });
  mkdirSync(join(lib, 'systemd/linger'), { recursive: true });
  const lingers = () => readFacts({ env: { USER, XDG_RUNTIME_DIR: runtime }, lib }).lingers;
  writeFileSync(join(lib, 'systemd/linger/another'), '');
  expect(lingers()).toBe(false);
  writeFileSync(join(lib, 'systemd/linger', userInfo().username), '');
  expect(lingers()).toBe(true);
});

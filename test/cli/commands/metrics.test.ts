/** `resource-manager metrics` as a real command. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { aProcess, ROOT, sandbox } from '../../helpers/cli.ts';
import { parseExposition } from '../../helpers/exposition.ts';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

it('prints the figures of the state, and changes nothing', () => {
  const box = sandbox(7);
  const holder = String(aProcess().pid);
  box.run('request-slots', ['odin', '5', '--pid', holder]);
  box.run('request-slots', ['hera', '4', '--pid', holder]);
  box.run('resource-manager', ['budget', 'allocate', 'odin/auth', '--tokens', '50k']);
  box.run('report-usage', ['odin/auth', '--tokens', '450']);
  const before = box.slotsText();
  const { status, stdout, stderr } = box.run('resource-manager', ['metrics']);
  expect([status, stderr]).toEqual([0, '']);
  const value = (line: string) =>
    parseExposition(stdout)
      .flatMap(({ samples }) => samples)
      .find(({ name, labels }) => `${name}${Object.values(labels).join('|')}` === `resource_manager_${line}`)?.value;
  expect(value(`build_info${manifest.version}`)).toBe(1);
  expect(value('slots_used')).toBe(5);
  expect(value('slots_max')).toBe(7);
  expect(value('project_slots_usedodin')).toBe(5);
  expect(value('queue_slotshera')).toBe(4);
  expect(value('budget_consumed_tokens_totalodin/auth|default')).toBe(450);
  expect(value('monitor_up')).toBe(0);
  expect(value('vm_cpu_used_ratio')).toBeUndefined();
  expect(box.slotsText()).toBe(before);
});

it('reads without the lock', () => {
  const box = sandbox(7);
  mkdirSync(join(box.dir, 'slots.yaml.lock'));
  writeFileSync(join(box.dir, 'slots.yaml.lock', 'somebody'), '');
  expect(box.run('resource-manager', ['metrics']).status).toBe(0);
});

it('--textfile writes the same for node_exporter, and is silent with --quiet', () => {
  const box = sandbox(7);
  const folder = join(box.dir, 'collector');
  mkdirSync(folder);
  const path = join(folder, 'resource_manager.prom');
  const { status, stdout, stderr } = box.run('resource-manager', ['metrics', '--textfile', folder]);
  expect([status, stdout, stderr]).toEqual([0, '', `note: wrote ${path}\n`]);
  expect(readFileSync(path, 'utf8')).toBe(box.run('resource-manager', ['metrics']).stdout);
  const quiet = box.run('resource-manager', ['metrics', '--textfile', folder, '--quiet']);
  expect([quiet.status, quiet.stdout, quiet.stderr]).toEqual([0, '', '']);
  expect(box.json('resource-manager', ['metrics', '--textfile', folder]).answer).toMatchObject({ written: path });
  expect(readdirSync(folder)).toEqual(['resource_manager.prom']);
});

it('--textfile with a missing folder exits 74 and does not create it', () => {
  const box = sandbox(7);
  const folder = join(box.dir, 'missing');
  const { status, stdout, stderr } = box.run('resource-manager', ['metrics', '--textfile', folder]);
  expect([status, stdout]).toEqual([74, '']);
  expect(stderr).toBe(
    `error: cannot write ${folder}/resource_manager.prom: there is no folder ${folder}\nhint: make it, and have node_exporter read it: --collector.textfile.directory\n`,
  );
  expect(existsSync(folder)).toBe(false);
});

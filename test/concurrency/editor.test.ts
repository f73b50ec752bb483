/** A person saves slots.yaml in an editor while a command is about to commit. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { binary, cleanEnvironment, collect, ROOT, sandbox, start, until } from '../helpers/cli.ts';

it.each([
  ['by renaming a new file over it', true],
  ['in place', false],
])('an edit saved %s is kept, and the command decides again', async (_name, byRename) => {
  const box = sandbox(20);
  box.run('request-slots', ['warm', '1']);
  // The command stops between its decision and its commit, where it asks whether the file has changed.
  const command = collect(
    start(process.execPath, [binary('request-slots'), 'odin', '2', '--pid', String(process.pid)], {
      env: cleanEnvironment({
        RESOURCE_MANAGER_DIR: box.dir,
        NODE_OPTIONS: `--require=${join(ROOT, 'test', 'helpers', 'fault.cjs')}`,
        FAULT: JSON.stringify({ at: 1, do: 'stop', names: ['statSync'], path: '/slots.yaml' }),
      }),
    }),
  );
  await until('the command is stopped', () => readFileSync(`/proc/${command.child.pid}/stat`, 'utf8').includes(') T '));
  const edited = box.slotsText().replace('max_slots: 20', 'max_slots: 7 # for the weekend');
  if (byRename) {
    writeFileSync(`${box.slotsPath}~`, edited);
    renameSync(`${box.slotsPath}~`, box.slotsPath);
  } else writeFileSync(box.slotsPath, edited);
  command.child.kill('SIGCONT');
  expect(await command.result).toMatchObject({ status: 0, stdout: expect.stringContaining('(3/7 used)') });
  expect(box.slotsText()).toContain('max_slots: 7 # for the weekend\n');
  expect(parse(box.slotsText()).slot_allocation).toEqual({ warm: 1, odin: 2 });
});

it('a waiter survives a file that is broken for a while', async () => {
  const box = sandbox(5);
  box.run('request-slots', ['consilio', '5']);
  const waiter = box.begin('request-slots', ['odin', '2', '--wait']);
  await until('odin waits', () => box.slotsText().includes('"waiter":{'));
  const whole = box.slotsText();
  for (let turn = 0; turn < 5; turn += 1) {
    writeFileSync(box.slotsPath, '');
    writeFileSync(box.slotsPath, whole.slice(0, 40));
    await new Promise((resolve) => setImmediate(resolve));
  }
  // Commands find the file broken too. The waiter has time to read it during this command.
  expect(box.run('resource-status', []).status).toBe(65);
  writeFileSync(box.slotsPath, whole);
  box.run('release-slots', ['consilio', '5']);
  expect(await waiter.result).toMatchObject({ status: 0 });
});

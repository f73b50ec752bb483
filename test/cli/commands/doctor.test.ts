/** doctor on real states: it leaves a sound state alone, reports faults, and repairs them with --fix. */
import { chownSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aProcess, kill, type Sandbox, sandbox, temporaryFolder } from '../../helpers/cli.ts';

interface Finding {
  readonly id: string;
  readonly level: string;
  readonly summary: string;
  readonly fix: string | null;
  readonly fixed: boolean;
}

const doctor = (box: Sandbox, ...args: string[]) => {
  const { status, answer } = box.json<{ findings: Finding[]; faults: number }>('resource-manager', ['doctor', ...args]);
  const by = (id: string): Finding | undefined => answer.findings.find((finding) => finding.id === id);
  return { status, by, faults: answer.faults };
};

it('changes nothing in a sound state but its sample, and creates no state', () => {
  const box = sandbox();
  box.run('request-slots', ['odin', '1', '--pid', String(aProcess().pid)]);
  const before = box.slotsText();
  const { status, by } = doctor(box, '--fix');
  expect([status, by('state')?.level, by('leases')?.level]).toEqual([0, 'ok', 'ok']);
  expect(box.slotsText().replace(/^vm_state:\n(?: {2}.*\n)*/m, '')).toBe(before);
  const empty = temporaryFolder();
  expect(box.run('resource-manager', ['doctor', '--dir', join(empty, 'none')]).stdout).toContain(
    'there is no state yet',
  );
  expect(readdirSync(empty)).toEqual([]);
});

describe('a damaged state', () => {
  const damagedBox = (damage: (text: string) => string | Buffer) => {
    const box = sandbox();
    const holder = aProcess();
    box.run('request-slots', ['odin', '3', '--pid', String(holder.pid)]);
    writeFileSync(box.slotsPath, damage(box.slotsText()));
    return box;
  };
  const kept = (box: Sandbox): string[] => readdirSync(box.dir).filter((name) => name.includes('.damaged-'));

  it.each([
    ['nonsense', () => 'max_slots: [\n'],
    ['a negative count', (text: string) => text.replace(/"slots":3/, '"slots":-3')],
    ['a cut-off file', (text: string) => text.slice(0, text.indexOf('leases:'))],
    ['an empty file', () => ''],
    ['bytes that are no text', () => Buffer.from([0xff, 0xfe, 0])],
  ])(
    '(%s) is a fault with exit 1; --fix restores the last good revision and keeps the damaged one',
    (_name, damage) => {
      const box = damagedBox(damage);
      const damaged = readFileSync(box.slotsPath);
      const found = doctor(box);
      expect([found.status, found.by('state')?.level]).toEqual([1, 'fault']);
      expect(readFileSync(box.slotsPath)).toEqual(damaged);
      expect(found.by('state')?.fix).toMatch(/: resource-manager doctor --fix$/);
      const fixed = doctor(box, '--fix');
      expect([fixed.status, fixed.by('state')?.fixed]).toEqual([0, true]);
      expect(box.slotsText()).toContain('"slots":3');
      expect(kept(box).map((name) => readFileSync(join(box.dir, name)))).toEqual([damaged]);
      expect(doctor(box).by('state')?.level).toBe('ok');
    },
  );

  it('with a damaged backup stays as it is', () => {
    const box = damagedBox(() => 'max_slots: [\n');
    writeFileSync(`${box.slotsPath}.bak`, 'also: [\n');
    const { status, by } = doctor(box, '--fix');
    expect([status, by('state')?.fixed]).toEqual([1, false]);
    expect([box.slotsText(), kept(box)]).toEqual(['max_slots: [\n', []]);
    expect(by('state')?.fix).not.toContain('doctor --fix');
    expect(box.run('resource-status', []).stderr).not.toContain('doctor --fix');
  });

  it('of which only the backup is left is restored', () => {
    const box = damagedBox((text) => text);
    rmSync(box.slotsPath);
    expect(box.run('request-slots', ['odin', '1']).status).toBe(65);
    expect(doctor(box, '--fix').by('state')?.fixed).toBe(true);
    expect(existsSync(box.slotsPath)).toBe(true);
  });

  it('with a damaged config.yaml has a fault that --fix leaves', () => {
    const box = sandbox();
    box.run('request-slots', ['odin', '1', '--pid', String(aProcess().pid)]);
    box.config('strategy: [\n');
    const { status, by } = doctor(box, '--fix');
    expect([status, by('state')?.fixed]).toEqual([1, false]);
    expect(by('state')?.summary).toContain('config.yaml');
  });
});

describe('the health of the machine', () => {
  const sampled = (health: string, at: string, reason = 'reason: load 14.1 (limit 4), ') =>
    sandbox(9, {
      slots: `max_slots: 9\nvm_state: { health: ${health}, ${reason}effective_max_slots: 4, sampled_at: ${at} }\nleases: []\nqueue: []\n`,
    });
  const present = new Date().toISOString();
  it.each([
    ['critical', 1, 'fault', 'the machine is critical: load 14.1 (limit 4); no new agents until it recovers'],
    ['degraded', 0, 'warn', 'the machine is degraded: load 14.1 (limit 4); 4 of 9 slots are allowed now'],
  ])('is named: %s', (health, status, level, summary) => {
    const found = doctor(sampled(health, present), '--fix');
    expect([found.status, found.by('health')]).toMatchObject([status, { level, summary, fixed: false }]);
    expect(found.by('health')?.fix).toMatch(/: resource-manager top --once$/);
  });

  it('is fine if it is healthy, and not known by an old sample', () => {
    expect(doctor(sampled('healthy', present, '')).by('health')?.level).toBe('ok');
    expect(doctor(sampled('critical', '2026-01-01T00:00:00.000Z')).by('health')?.level).toBe('info');
    expect(doctor(sandbox()).by('health')?.level).toBe('info');
  });
});

describe('a readable state with faults', () => {
  it('has warnings for leases of dead holders, which --fix reclaims', async () => {
    const box = sandbox();
    const holder = aProcess();
    box.run('request-slots', ['odin', '3', '--pid', String(holder.pid)]);
    await kill(holder);
    const found = doctor(box);
    expect([found.status, found.by('leases')]).toMatchObject([
      0,
      { level: 'warn', summary: 'held by dead processes: L1' },
    ]);
    const named = box.run('resource-manager', ['doctor', '--dir', box.dir]).stdout;
    expect(named).toContain(`or now: resource-manager doctor --fix --dir ${box.dir}`);
    const { stdout } = box.run('resource-manager', ['doctor', '--fix']);
    expect(stdout).toMatch(/^✅ leases: fixed: held by dead processes: L1$/m);
    expect(box.slotsText()).toMatch(/^leases: \[\]$/m);
  });

  it('has a warning for an allocation that contradicts the leases, which --fix corrects', () => {
    const box = sandbox();
    box.run('request-slots', ['odin', '3', '--pid', String(aProcess().pid)]);
    writeFileSync(box.slotsPath, box.slotsText().replace('odin: 3', 'odin: 9'));
    expect(doctor(box).by('allocation')?.level).toBe('warn');
    expect(doctor(box, '--fix').by('allocation')?.fixed).toBe(true);
    expect(box.slotsText()).toContain('odin: 3');
  });

  it('has a fault for a capacity that an old sample reduces, and --fix takes a new sample', () => {
    const slots = `max_slots: 9\nvm_state: { health: degraded, effective_max_slots: 2, sampled_at: 2026-01-01T00:00:00.000Z }\nleases: []\nqueue: []\n`;
    const box = sandbox(9, { slots });
    expect(doctor(box).by('monitor')).toMatchObject({
      level: 'fault',
      summary: expect.stringContaining('an old sample allows only 2 of 9 slots'),
    });
    expect(doctor(box, '--fix').by('monitor')?.fixed).toBe(true);
    expect(doctor(box).by('monitor')?.level).toBe('ok');
  });
});

it('finds an installed hook, and one with a missing program', () => {
  const box = sandbox();
  const env = { CLAUDE_CONFIG_DIR: temporaryFolder() };
  const found = () => /^(\w+) +hooks: (.*)$/m.exec(box.run('resource-manager', ['doctor', '--no-color'], env).stdout);
  expect(found()?.slice(1)).toEqual(['info', expect.stringContaining('no hook of ours')]);
  box.run('resource-manager', ['integrate', 'claude'], env);
  expect(found()?.slice(1)).toEqual(['ok', 'Claude Code has our hook']);
  const file = join(env.CLAUDE_CONFIG_DIR, 'settings.json');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(process.execPath, '/gone/node'));
  expect(found()?.slice(1)).toEqual(['warning', expect.stringContaining('is gone (/gone/node)')]);
});

it('lists the abilities of the machine, with a fix for each warning', () => {
  const { stdout, status } = sandbox().run('resource-manager', ['doctor', '--no-color']);
  expect(status).toBe(0);
  for (const id of [
    'state',
    'containment',
    'memory-limit',
    'pressure',
    'linger',
    'limits',
    'oom-killers',
    'swap',
    'hooks',
    'cross-check',
  ])
    expect(stdout).toMatch(new RegExp(`^(?:ok|info|warning|fault) +${id}: `, 'm'));
  for (const [line] of stdout.matchAll(/^warning .*\n.*\n/gm)) expect(line).toMatch(/\n {3}fix: /);
  expect(stdout).toMatch(/\n\n0 faults, \d+ warnings?\n$/);
});

/** Root must not own a text of another user, since it would be trusted. */
describe.skipIf(process.geteuid?.() !== 0)('a state that root restores', () => {
  const ANOTHER = 12345;
  const restored = (owners: Record<string, number>): Record<string, number> => {
    const box = sandbox(4);
    box.run('resource-manager', ['budget', 'allocate', 'a', '--tokens', '1000']);
    writeFileSync(box.slotsPath, 'max_slots: -1\n');
    for (const [name, uid] of Object.entries(owners)) chownSync(join(box.dir, name), uid, uid);
    box.run('resource-manager', ['doctor', '--fix']);
    expect(box.slotsText()).toContain('max_slots: 4');
    const found = readdirSync(box.dir).filter((name) => name.startsWith('slots.yaml') && !name.endsWith('.lock'));
    return Object.fromEntries(found.map((name) => [name.replace(/-.*/, ''), statSync(join(box.dir, name)).uid]));
  };

  it('leaves the damaged text with its owner', () =>
    expect(restored({ 'slots.yaml': ANOTHER, 'slots.yaml.bak': ANOTHER })['slots.yaml.damaged']).toBe(ANOTHER));

  it('belongs to the owner of the restored text', () =>
    expect(restored({ 'slots.yaml': 0, 'slots.yaml.bak': ANOTHER })['slots.yaml']).toBe(ANOTHER));
});

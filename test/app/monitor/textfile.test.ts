/** The monitor keeps the metrics in a file: the times of its writes, and its failures. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MetricsExporter } from '../../../src/app/monitor/metrics-exporter.ts';
import { DEFAULT_SETTINGS } from '../../../src/core/settings/settings.ts';
import type { MonitorPorts } from '../../../src/ports/monitor.ts';
import type { Snapshot } from '../../../src/ports/snapshot.ts';
import { aProcess, kill, sandbox, until } from '../../helpers/cli.ts';
import { parseExposition } from '../../helpers/exposition.ts';
import { aFullSnapshot } from '../../helpers/metrics.ts';
import { anEnvironment, later } from '../../helpers/state.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** An exporter that records its writes; each takes `tookMs` by a fake clock. */
function exporter(more: { isDryRun?: boolean; tookMs?: number } = {}) {
  let clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  const written: { folder: string; text: string }[] = [];
  const textfile: MonitorPorts['textfile'] = {
    write(folder, text) {
      clock += more.tookMs ?? 1;
      if (folder === '/broken') throw new Error('broken');
      written.push({ folder, text });
      return folder;
    },
  };
  const parts = { textfile, version: '1', isDryRun: more.isDryRun ?? false, now: () => later(0) };
  return { exporting: new MetricsExporter(parts as unknown as MonitorPorts), written };
}

const full = aFullSnapshot();
const at = (seconds: number, textfile: string | null = '/a', state = full.state): Snapshot => ({
  ...full,
  state,
  environment: anEnvironment({ monitor: { ...DEFAULT_SETTINGS.monitor, textfile } }, later(seconds * 1000)),
});
/** Another sample of the same machine, which causes no write before it is due. */
const sampled = (cpuPercent: number) => ({ ...full.state, vmState: { ...full.state.vmState, cpuPercent } });

describe('the exporter writes', () => {
  it('new samples every fifteen seconds', () => {
    const { exporting, written } = exporter();
    for (let second = 0; second < 60; second += 1) exporting.consider(at(second * 1, '/a', sampled(second)));
    expect(written.length).toBe(4);
  });

  it.each([
    ['leases', { leases: full.state.leases.slice(1) }],
    ['the queue', { queue: [] }],
    ['budgets', { budgets: { ...full.state.budgets } }],
    ['the pool', { maxSlots: 11 }],
    ['health', { vmState: { ...full.state.vmState, health: 'critical' as const } }],
    ['capacity', { vmState: { ...full.state.vmState, effectiveMaxSlots: 3 } }],
  ])('at once after a change of %s', (_name, change) => {
    const { exporting, written } = exporter();
    exporting.consider(at(0));
    exporting.consider(at(10));
    expect(written.length).toBe(1);
    exporting.consider(at(11, '/a', { ...full.state, ...change }));
    expect(written.length).toBe(2);
  });

  it('for at most a five-hundredth of the time, whatever changes', () => {
    const { exporting, written } = exporter({ tookMs: 50 });
    for (let second = 0; second < 60; second += 1)
      exporting.consider(at(second, '/a', { ...full.state, maxSlots: second }));
    expect(written.length).toBe(3);
  });

  it('every two minutes even on a slow disk', () => {
    const { exporting, written } = exporter({ tookMs: 2_000 });
    exporting.consider(at(0));
    exporting.consider(at(119));
    expect(written.length).toBe(1);
    exporting.consider(at(120));
    expect(written.length).toBe(2);
  });

  it('after the clock was set back', () => {
    const { exporting, written } = exporter();
    exporting.consider(at(10_000));
    exporting.consider(at(0));
    expect(written.length).toBe(2);
  });

  it('to the configured folder from the next round on, and nowhere without one or in a dry run', () => {
    const { exporting, written } = exporter();
    exporting.consider(at(0, null));
    exporting.consider(at(1, '/a'));
    exporting.consider(at(2, '/b'));
    exporting.consider(at(3, null));
    exporting.end(full.state);
    expect(written.map(({ folder }) => folder)).toEqual(['/a', '/b']);
    const dry = exporter({ isDryRun: true });
    dry.exporting.consider(at(0));
    dry.exporting.end(full.state);
    expect(dry.written).toEqual([]);
  });

  it('monitor_up 0 when it ends', () => {
    const { exporting, written } = exporter();
    exporting.consider(at(0));
    expect(written.at(-1)?.text).toContain('resource_manager_monitor_up 1\n');
    exporting.end(full.state);
    expect(written.at(-1)?.text).toContain('resource_manager_monitor_up 0\n');
  });

  it('after a failure when the next write is due', () => {
    const { exporting } = exporter();
    expect(() => exporting.consider(at(0, '/broken'))).toThrow('broken');
    exporting.consider(at(5, '/broken'));
    expect(() => exporting.consider(at(15, '/broken'))).toThrow('broken');
  });
});

describe('a real monitor', () => {
  const withTextfile = () => {
    const box = sandbox(5);
    const folder = join(box.dir, 'collector');
    box.config(`max_per_project: 1000\nmonitor: { textfile: ${folder} }\n`);
    const path = join(folder, 'resource_manager.prom');
    const figure = (name: string): number | null => {
      if (!existsSync(path)) return null;
      const family = parseExposition(readFileSync(path, 'utf8')).find(
        (each) => each.name === `resource_manager_${name}`,
      );
      return family?.samples[0]?.value ?? null;
    };
    const begin = () => box.begin('resource-manager', ['monitor', '--interval', '200ms']);
    return { box, folder, figure, begin };
  };

  it('writes the file, keeps it fresh, and marks its own end in it', async () => {
    const { box, folder, figure, begin } = withTextfile();
    mkdirSync(folder);
    const monitor = begin();
    await until('it has written', () => figure('monitor_up') === 1);
    expect(figure('last_sample_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 60);
    expect(figure('vm_memory_used_ratio')).toBeGreaterThan(0);
    expect(figure('vm_memory_used_ratio')).toBeLessThan(1);
    box.run('request-slots', ['odin', '3', '--pid', String(aProcess().pid)]);
    await until('it has the new lease', () => figure('slots_used') === 3);
    monitor.child.kill('SIGTERM');
    expect((await monitor.result).status).toBe(0);
    expect(figure('monitor_up')).toBe(0);
    expect(readdirSync(folder)).toEqual(['resource_manager.prom']);
  });

  // The pause after a slow write may take two minutes on a busy machine.
  it('reports a failed write once, goes on watching, and writes when it can', { timeout: 180_000 }, async () => {
    const { box, folder, figure, begin } = withTextfile();
    const monitor = begin();
    await until('it says so', () => monitor.stdout().includes(`trouble: cannot write ${folder}/`));
    const holder = aProcess();
    box.run('request-slots', ['odin', '3', '--pid', String(holder.pid)]);
    await kill(holder);
    await until('it watches', () => /^leases: \[\]$/m.test(box.slotsText()));
    expect(monitor.stdout().match(/there is no folder/g)?.length).toBe(1);
    mkdirSync(folder);
    box.run('set-max', ['6']);
    await until('it has written', () => figure('slots_max') === 6, 150_000);
  });

  it('writes with --once, except in a dry run', () => {
    const { box, folder, figure } = withTextfile();
    mkdirSync(folder);
    expect(box.run('resource-manager', ['monitor', '--once', '--dry-run']).status).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
    expect(box.run('resource-manager', ['monitor', '--once']).status).toBe(0);
    expect(figure('vm_memory_used_ratio')).not.toBeNull();
  });
});

it('monitor.textfile must be an absolute path', () => {
  const box = sandbox(7);
  const { status, stderr } = box.run('resource-manager', ['config', 'set', 'monitor.textfile', 'here']);
  expect(status).toBe(64);
  expect(stderr).toContain('monitor.textfile: expected an absolute path of a folder, got "here"');
  expect(box.run('resource-manager', ['config', 'set', 'monitor.textfile', '/srv/metrics']).status).toBe(0);
  expect(readFileSync(join(box.dir, 'config.yaml'), 'utf8')).toMatch(/textfile: \/srv\/metrics/);
  expect(box.run('resource-manager', ['config', 'set', 'monitor.textfile', 'null']).status).toBe(0);
  expect(box.run('resource-status', []).status).toBe(0);
});

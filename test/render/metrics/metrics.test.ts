/** The metrics of a state: their format, names and values, and unknown values. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBudgetName } from '../../../src/core/model/budget.ts';
import { isProjectName } from '../../../src/core/model/ids.ts';
import type { VmState } from '../../../src/core/model/state.ts';
import { EMPTY_VM_STATE } from '../../../src/core/model/state.ts';
import type { Snapshot } from '../../../src/ports/snapshot.ts';
import { expositionText } from '../../../src/render/metrics/exposition.ts';
import { metricFamilies } from '../../../src/render/metrics/metrics.ts';
import { type ParsedFamily, parseExposition } from '../../helpers/exposition.ts';
import { aFullSnapshot, anAgent, aWorkflow } from '../../helpers/metrics.ts';
import { aLease, anEntry, anEnvironment, aState, later, process_ } from '../../helpers/state.ts';

const textOf = (snapshot: Snapshot): string => expositionText(metricFamilies(snapshot, '1.2.3'));
const read = (snapshot: Snapshot): ParsedFamily[] => parseExposition(textOf(snapshot));
const snapshotOf = (state: Snapshot['state']): Snapshot => ({ ...aFullSnapshot(), state });
/** Series of one family as `a|b` → value. */
const series = (families: readonly ParsedFamily[], name: string): Record<string, number> =>
  Object.fromEntries(
    (families.find((family) => family.name === `resource_manager_${name}`)?.samples ?? []).map((sample) => [
      Object.values(sample.labels).join('|'),
      sample.value,
    ]),
  );

const full = aFullSnapshot();

it('matches its golden', async () => {
  await expect(textOf(full)).toMatchFileSnapshot('../../golden/metrics.txt');
});

it('has a series in every family when all values are known', () => {
  for (const { name, samples } of metricFamilies(full, '1')) expect(samples.length, name).toBeGreaterThan(0);
});

describe('names', () => {
  it.each(read(full).map(({ name, type, help }) => [name, type, help]))('%s', (name, type, help) => {
    expect(name).toMatch(/^resource_manager_[a-z0-9_]+$/);
    expect((name as string).endsWith('_total')).toBe(type === 'counter');
    expect(name).not.toMatch(/percent|_ms\b|millis|minutes|kib|mib|usd|_total_/);
    expect(help).toMatch(/^[A-Z].*\.$/);
    expect(help).not.toContain('UNIT');
  });
});

describe('figures', () => {
  const families = read(full);

  it('fold the spellings of a project into one series', () => {
    expect(series(families, 'project_slots_used')).toEqual({ consilio: 6, openhorizon: 3, odin: 0, idle: 0 });
    expect(series(families, 'project_leases')).toEqual({ consilio: 2, openhorizon: 1, odin: 0, idle: 0 });
    expect(series(families, 'queue_requests')).toEqual({ consilio: 1, openhorizon: 0, odin: 1, idle: 0 });
    expect(series(families, 'queue_slots')).toEqual({ consilio: 2, openhorizon: 0, odin: 4, idle: 0 });
  });

  it('are in base units', () => {
    expect(series(families, 'vm_cpu_used_ratio')).toEqual({ '': 0.573 });
    expect(series(families, 'vm_memory_limit_ratio')).toEqual({ '': 0.9 });
    expect(series(families, 'oldest_lease_age_seconds')).toEqual({ '': 725.5 });
    expect(series(families, 'queue_oldest_wait_seconds')).toEqual({ '': 125.25 });
    expect(series(families, 'budget_consumed_dollars_total')['consilio/auth|night']).toBe(1.234567);
    expect(series(families, 'budget_consumed_seconds_total')['consilio/auth|night']).toBe(61.5);
    expect(series(families, 'budget_used_ratio')).toEqual({ 'consilio/auth|night': 0.76, 'odin/api|free': 1.05 });
  });

  it('have one state set to 1', () => {
    expect(series(families, 'vm_health')).toEqual({ healthy: 0, degraded: 1, critical: 0 });
    const levels = Object.entries(series(families, 'budget_level')).filter(([, value]) => value === 1);
    expect(levels.map(([key]) => key)).toEqual(['consilio/auth|night|orange', 'odin/api|free|black']);
    expect(series(families, 'budget_stopped')).toEqual({ 'consilio/auth|night': 0, 'odin/api|free': 1 });
  });

  it('keep allocated + pool + reserve = limit', () => {
    for (const unit of ['tokens', 'seconds', 'dollars']) {
      const figure = (part: string): number => series(families, `workflow_budget_${part}_${unit}`).night as number;
      expect(figure('allocated') + figure('pool') + figure('reserve')).toBeCloseTo(figure('limit'), 6);
    }
  });

  it('contain no free text', () => {
    expect(textOf(full)).not.toMatch(/loops|all"/);
  });

  it('show whether a monitor lives', () => {
    const up = (monitor: Snapshot['state']['monitor'], dead: Parameters<typeof anEnvironment>[2] = []) =>
      series(
        read({ ...full, state: aState(1, [], [], { monitor }), environment: anEnvironment({}, undefined, dead) }),
        'monitor_up',
      );
    expect(up(process_(7))).toEqual({ '': 1 });
    expect(up(process_(7), [process_(7)])).toEqual({ '': 0 });
    expect(up(null)).toEqual({ '': 0 });
  });
});

describe('an unknown value has no series', () => {
  const vmFamily: readonly (readonly [keyof VmState, string])[] = [
    ['cpuPercent', 'vm_cpu_used_ratio'],
    ['memoryPercent', 'vm_memory_used_ratio'],
    ['memoryAvailableBytes', 'vm_memory_available_bytes'],
    ['loadAverage', 'vm_load1'],
    ['diskUsagePercent', 'vm_disk_used_ratio'],
    ['health', 'vm_health'],
    ['sampledAt', 'last_sample_timestamp_seconds'],
  ];

  it.each(vmFamily)('%s', (key, family) => {
    const state = { ...full.state, vmState: { ...full.state.vmState, [key]: null } };
    expect(textOf(snapshotOf(state))).not.toContain(`resource_manager_${family} `);
    expect(textOf(snapshotOf(state))).not.toContain(`resource_manager_${family}{`);
    expect(textOf(full)).toContain(`resource_manager_${family}`);
  });

  it('a sample of ten minutes ago has only its time', () => {
    const state = { ...full.state, vmState: { ...full.state.vmState, sampledAt: later(-600_000) } };
    const names = read(snapshotOf(state)).map(({ name }) => name);
    expect(names).toContain('resource_manager_last_sample_timestamp_seconds');
    for (const [key, family] of vmFamily)
      if (key !== 'sampledAt') expect(names).not.toContain(`resource_manager_${family}`);
  });

  it('an unknown age of leases, and limits that are not set', () => {
    const unset = { maxCpuPercent: null, maxMemoryPercent: null, maxLoadAverage: null, maxDiskPercent: null };
    const families = read(snapshotOf(aState(5, [aLease('L1', 'a', 1, { acquiredAt: null })], [], { vmLimits: unset })));
    expect(series(families, 'oldest_lease_age_seconds')).toEqual({});
    expect(series(families, 'vm_load1_limit')).toEqual({});
    expect(series(families, 'vm_cpu_limit_ratio')).toEqual({ '': 0.85 });
  });

  it('unlimited budgets', () => {
    const families = read(full);
    for (const part of ['limit', 'reserve', 'pool'])
      expect(Object.keys(series(families, `workflow_budget_${part}_tokens`))).toEqual(['night']);
    expect(Object.keys(series(families, 'budget_allocated_dollars'))).toEqual(['consilio/auth|night']);
  });

  it('but a known zero is 0', () => {
    const families = read({ ...snapshotOf(aState(0)), environment: anEnvironment() });
    for (const name of [
      'slots_used',
      'slots_max',
      'slots_offered',
      'oldest_lease_age_seconds',
      'queue_oldest_wait_seconds',
    ])
      expect(series(families, name), name).toEqual({ '': 0 });
  });
});

describe('hostile texts', () => {
  const HOSTILE = fc.string({
    unit: fc.constantFrom('\\', '"', '\n', '\r', ',', '{', '}', '=', ' ', '#', 'n', 'é', '😀', '\u2028', '\0'),
  });

  it('in labels and help are parsed back unchanged', () => {
    fc.assert(
      fc.property(fc.uniqueArray(HOSTILE, { minLength: 1, maxLength: 8 }), HOSTILE, (values, help) => {
        const text = expositionText([
          {
            name: 'a',
            type: 'gauge',
            help: `x${help}`,
            samples: values.map((value) => ({ labels: { value, of: 'x' }, value: 1 })),
          },
        ]);
        const [family] = parseExposition(text);
        expect(family?.help).toBe(`x${help}`);
        expect(family?.samples.map(({ labels }) => labels.value)).toEqual(values);
      }),
    );
  });

  it('in names and reasons of a state add no series', () => {
    const nameOf = (isName: (text: string) => boolean) =>
      fc
        .oneof(
          fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._@:+/-]{0,9}$/),
          fc.constantFrom('constructor', '__proto', 'toString'),
        )
        .filter(isName);
    const byFold = { selector: (name: string) => name.toLowerCase(), maxLength: 6 };
    fc.assert(
      fc.property(
        fc.uniqueArray(nameOf(isProjectName), byFold),
        fc.uniqueArray(nameOf(isBudgetName), byFold),
        nameOf(isBudgetName),
        HOSTILE,
        (projects, agents, workflow, reason) => {
          const state = aState(
            9,
            projects.map((name, n) => aLease(`L${n + 1}`, name, 1)),
            projects.map((name, n) => anEntry(`T${n + 50}`, name.toUpperCase(), 1)),
            {
              vmState: { ...EMPTY_VM_STATE, reason, health: 'critical', sampledAt: later(0) },
              budgets: {
                workflows: [aWorkflow(workflow)],
                agents: agents.map((name) =>
                  anAgent(name, workflow.toUpperCase(), { stopped: { reason, at: later(0) } }),
                ),
              },
            },
          );
          const families = read({ ...snapshotOf(state), environment: anEnvironment() });
          expect(Object.keys(series(families, 'project_leases')).sort()).toEqual([...projects].sort());
          const stopped = families.find(({ name }) => name === 'resource_manager_budget_stopped')?.samples ?? [];
          expect(stopped.map(({ labels }) => labels)).toEqual(agents.map((agent) => ({ agent, workflow })));
        },
      ),
    );
  });
});

it('numbers are written so that a collector reads them', () => {
  const values = [0, -0, 1e21, 1e-9, 0.1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  const text = expositionText([
    { name: 'a', type: 'gauge', help: 'x', samples: values.map((value, n) => ({ labels: { n: String(n) }, value })) },
  ]);
  expect(parseExposition(text)[0]?.samples.map(({ value }) => value)).toEqual(values.map((value) => value + 0));
});

it('ten thousand agents have all their series', () => {
  const agents = Array.from({ length: 10_000 }, (_, n) => anAgent(`p${n % 50}/a${n}`, 'night'));
  const { budgets } = full.state;
  const families = read(snapshotOf({ ...full.state, budgets: { ...budgets, agents } }));
  expect(families.find(({ name }) => name === 'resource_manager_budget_level')?.samples.length).toBe(50_000);
});

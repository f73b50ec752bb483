/** The dashboard queries only metrics of the program, and Grafana can import it unchanged. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { metricFamilies } from '../src/render/metrics/metrics.ts';
import { ROOT } from './helpers/cli.ts';
import { aFullSnapshot } from './helpers/metrics.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly datasource: { uid: string } }[];
  readonly fieldConfig?: {
    readonly defaults: { readonly thresholds?: { readonly steps: { value: number | null }[] } };
  };
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
}

const text = readFileSync(join(ROOT, 'grafana/agent-resource-manager.json'), 'utf8');
const dashboard = JSON.parse(text);
const panels: readonly Panel[] = dashboard.panels;
const variables: readonly Variable[] = dashboard.templating.list;
const families = new Map(metricFamilies(aFullSnapshot(), '1').map((family) => [family.name, family]));
const expressions = [
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
  ...variables.flatMap(({ name, definition }) => (definition === undefined ? [] : [[name, definition] as const])),
];

/** The metrics of an expression with the labels of their selectors. */
const metricsIn = (expr: string): { name: string; labels: string[] }[] =>
  [...expr.matchAll(/(resource_manager_\w+)(?:\{([^}]*)\})?/g)].map(([, name = '', matchers = '']) => ({
    name,
    labels: [...matchers.matchAll(/(\w+)=/g)].map((match) => match[1] as string),
  }));

it.each(expressions)('%s queries existing metrics and labels: %s', (_title, expr) => {
  const asked = metricsIn(expr);
  expect(asked.length).toBeGreaterThan(0);
  for (const { name, labels } of asked) {
    const family = families.get(name);
    expect(family, name).toBeDefined();
    const allowed = ['job', 'instance', ...Object.keys(family?.samples[0]?.labels ?? {})];
    for (const label of labels) expect(allowed, name).toContain(label);
    for (const [, by = ''] of expr.matchAll(/ by \(([^)]*)\)/g))
      for (const label of by.split(',')) expect(allowed, name).toContain(label.trim());
    // Counters need a rate or an increase; gauges must not have one.
    expect(/rate\(|increase\(/.test(expr), expr).toBe(family?.type === 'counter');
  }
  expect(expr.split('(').length, 'parentheses').toBe(expr.split(')').length);
  const used = [...expr.matchAll(/\$(\w+)/g)].map((match) => match[1] as string);
  const names = ['__rate_interval', ...variables.map(({ name }) => name)];
  for (const name of used) expect(names).toContain(name);
});

it('shows every family except budgets and times, which related families show', () => {
  const asked = new Set(expressions.flatMap(([, expr]) => metricsIn(expr).map(({ name }) => name)));
  const unshown = [...families.keys()].filter((name) => !asked.has(name) && !/_budget_|seconds_total/.test(name));
  expect(unshown).toEqual([]);
});

it('has no panels that overlap or leave the grid', () => {
  for (const [at, { gridPos: a, title }] of panels.entries()) {
    expect(a.x >= 0 && a.y >= 0 && a.w > 0 && a.h > 0 && a.x + a.w <= 24, title).toBe(true);
    for (const { gridPos: b, title: other } of panels.slice(at + 1)) {
      const isApart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      expect(isApart, `${title} and ${other}`).toBe(true);
    }
  }
});

it('works with any data source and gives each panel an id and each query a letter', () => {
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
  expect(variables[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
  for (const { type, datasource, targets = [], title } of panels) {
    if (type === 'row') continue;
    expect(targets.length, title).toBeGreaterThan(0);
    for (const { uid } of [datasource ?? { uid: '' }, ...targets.map((target) => target.datasource)])
      expect(uid, title).toMatch(/^\$\{datasource\}$/);
    expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
  }
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(dashboard.id).toBeUndefined();
});

it('colours budgets at the thresholds of the program', () => {
  const gauge = panels.find(({ type }) => type === 'bargauge');
  expect(gauge?.fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value)).toEqual([null, 0.6, 0.75, 0.9, 1]);
});

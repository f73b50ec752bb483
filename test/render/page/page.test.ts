/** The page of a report as text: it is whole, escaped, and readable without its script. */
import { describe, expect, it } from 'vitest';
import { newAgent } from '../../../src/core/budget/allocate.ts';
import type { AgentBudget } from '../../../src/core/model/budget.ts';
import type { KeptRecord } from '../../../src/core/model/record.ts';
import { reportOf } from '../../../src/core/report/report.ts';
import { Series } from '../../../src/core/report/series.ts';
import { Tally } from '../../../src/core/report/tally.ts';
import { DEFAULT_SETTINGS } from '../../../src/core/settings/settings.ts';
import { DATA_ID, type PageData } from '../../../src/render/page/chart.ts';
import { MOST_BARS } from '../../../src/render/page/charts.ts';
import { dataMarkup, escaped, html } from '../../../src/render/page/markup.ts';
import { pageText } from '../../../src/render/page/page.ts';
import { DARK, LIGHT, type Palette } from '../../../src/render/page/palette.ts';
import { DAY_MS, pastDay } from '../../helpers/past.ts';
import { aState, later, NOW } from '../../helpers/state.ts';

const SCRIPT = { text: 'drawAll()', sha256: 'c2NyaXB0' };
const HOSTILE = `</script><img src=x onerror="alert('1')">&\u2028`;
const since = later(-DAY_MS);

const anAgent = (agent: string, consumed: number, more: Partial<AgentBudget> = {}): AgentBudget => ({
  ...newAgent(agent, 'nightly', NOW),
  allocated: { tokens: 1_000_000, timeMs: null, costMicroUsd: null },
  consumed: { tokens: consumed, timeMs: 0, costMicroUsd: 0 },
  ...more,
});

function page(records: readonly KeptRecord[], agents: readonly AgentBudget[] = [], workflow: string | null = null) {
  const tally = new Tally(DEFAULT_SETTINGS, 12, { since, until: NOW });
  const series = new Series(12, since, NOW, 24);
  for (const record of records) {
    tally.take(record);
    series.take(record);
  }
  tally.close();
  const state = aState(12, [], [], { budgets: { workflows: [], agents } });
  const score = { judged: 0, right: null } as never;
  const report = reportOf({ settings: DEFAULT_SETTINGS.budget, state, workflow, tally, score, idle: new Set() });
  const input = {
    report,
    budgets: agents,
    points: series.points(),
    capacity: series.end().capacity,
    since,
    until: NOW,
    version: '1.2.3',
  };
  return pageText(input, SCRIPT);
}

const dataOf = (text: string): PageData =>
  JSON.parse(text.match(new RegExp(`id="${DATA_ID}">([^<]*)</script>`))?.[1] as string);

const VOID = new Set(['meta', 'link', 'img', 'br']);

/** Tags that are opened and not closed, or closed and not opened. */
function unbalanced(text: string): string[] {
  const found: string[] = [];
  const open: string[] = [];
  const bare = text.replace(/<(style|script)\b([^>]*)>[\s\S]*?<\/\1>/g, '<$1$2></$1>').replace('<!DOCTYPE html>', '');
  for (const [tag, slash, name = ''] of bare.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s+[a-z-]+="[^"<>]*")*>/g)) {
    if (VOID.has(name)) continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) found.push(tag);
  }
  // Any bracket that is left belongs to a malformed tag.
  const rest = bare.replace(/<\/?[a-z][a-z0-9]*(?:\s+[a-z-]+="[^"<>]*")*>/g, '');
  return [...found, ...open, ...(/[<>]/.test(rest) ? [rest.slice(rest.search(/[<>]/), rest.search(/[<>]/) + 40)] : [])];
}

describe('markup', () => {
  it('escapes values in a template, but no markup', () => {
    expect(escaped(`<a href="x" id='y'>&`)).toBe('&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;');
    expect(escaped('a\u0000b\u001bc\td\n')).toBe('a�b�c\td\n');
    expect(html`<p title="${'"'}">${html`<b>${'<'}</b>`}${[1, null, 'x>']}</p>`.text).toBe(
      '<p title="&quot;"><b>&lt;</b>1x&gt;</p>',
    );
  });

  it('gives data without characters that end a script', () => {
    const { text } = dataMarkup({ name: HOSTILE, comment: '<!--' });
    expect(text).not.toMatch(/[<>&\u2028]/);
    expect(JSON.parse(text)).toEqual({ name: HOSTILE, comment: '<!--' });
  });
});

describe('the page', () => {
  const agents = [anAgent('consilio/auth', 1_200_000, { level: 'black' }), anAgent('odin/silent', 10)];
  const text = page(pastDay(NOW), agents);

  it('is a well-formed document', () => {
    expect(unbalanced(text)).toEqual([]);
    expect(unbalanced('<p><b></p>')).not.toEqual([]);
    expect(text).toMatch(/^<!DOCTYPE html>\n<html lang="en">/);
    expect(text).toContain('<title>Report, 2026-11-20 10:00 – 2026-11-21 10:00 UTC</title>');
    const ids = [...text.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of text.matchAll(/ (?:href="#|aria-labelledby="|aria-describedby=")([^"]+)"/g))
      expect(ids).toContain(id);
    expect(text.match(/<h1>/g)).toHaveLength(1);
    for (const landmark of ['header', 'nav', 'main', 'footer']) expect(text).toContain(`<${landmark}`);
  });

  it('fetches nothing and runs only one script', () => {
    const [, policy] = text.match(/http-equiv="Content-Security-Policy" content="([^"]*)"/) ?? [];
    expect(policy).toBe(
      `default-src &#39;none&#39;; script-src &#39;sha256-${SCRIPT.sha256}&#39;; style-src &#39;unsafe-inline&#39;; img-src data:; base-uri &#39;none&#39;; form-action &#39;none&#39;`,
    );
    expect(text).not.toMatch(/ src=|https?:|url\(|@import/);
    expect(text.match(/<script/g)).toHaveLength(2);
    expect(text).not.toMatch(/\son\w+=/);
  });

  it('has figures in tables, heads with a scope, and each chart in words', () => {
    expect(text).toContain('<th scope="row">consilio</th>');
    for (const [head] of text.matchAll(/<th(?: [^>]*)?>/g)) expect(head).toMatch(/ scope="(row|col)"/);
    const canvases = [...text.matchAll(/<canvas[^>]*>/g)].map(([canvas]) => canvas);
    expect(canvases.length).toBe(dataOf(text).charts.length);
    for (const canvas of canvases) expect(canvas).toMatch(/role="img" aria-describedby="[^"]+" aria-label="[^"]+"/);
    expect(text).toContain('memory: 55% on average, at most 80%; CPU:');
    expect(text).toContain('consumed: at most 1.2M (consilio/auth); allocated: at most 1M (consilio/auth).');
  });

  it('rounds each figure once, from the exact value', () => {
    // 2.6453% would be 2.7% when it is first rounded to 2.65%.
    const shown = page(pastDay(NOW), [anAgent('consilio/auth', 26_453)]);
    expect(shown).toMatch(/consilio\/auth(?:<\/?t[hd][^>]*>|[^<])*2\.6%/);
  });

  it('says met and missed in words, and gives overruns exactly', () => {
    expect(text).toMatch(/<li class="card missed"><h3>Budget utilisation[\s\S]{0,80}✗<\/span> missed/);
    expect(text).toMatch(/<li class="card met"><h3>Slot utilisation[\s\S]{0,80}✓<\/span> met/);
    expect(text).toContain('</span> unknown');
    expect(text).toContain('<td class="number">200k</td>');
  });

  it('shows agents with a budget and no report in the chart', () => {
    const chart = dataOf(text).charts.find(({ id }) => id === 'budget-tokens');
    expect(chart).toMatchObject({ names: ['consilio/auth', 'odin/silent'], left: 0 });
  });

  it('without data says so in place of each chart and table', () => {
    const empty = page([]);
    expect(unbalanced(empty)).toEqual([]);
    expect(empty).not.toContain('<canvas');
    expect(dataOf(empty)).toEqual({ charts: [] });
    expect(empty.match(/<p class="empty">/g)).toHaveLength(11);
    expect(empty).toContain('No slots were requested in this time.');
  });

  it('draws the first of many bars and says how many are left out', () => {
    const many = Array.from({ length: MOST_BARS + 7 }, (_, at) => anAgent(`p/a${at}`, at));
    const text = page([], many);
    expect(dataOf(text).charts[0]).toMatchObject({ names: expect.arrayContaining([`p/a${MOST_BARS + 6}`]), left: 7 });
    expect(text).toContain(' 7 more are not shown.');
  });

  it('stays whole with any name', () => {
    const names = [HOSTILE, `${HOSTILE}2`, `"'><svg onload=alert(1)>`];
    const agent = anAgent(`${HOSTILE}/auth`, 2_000_000, { workflow: HOSTILE, level: 'red' });
    for (const workflow of [null, HOSTILE]) {
      const text = page(pastDay(NOW, names), [agent], workflow);
      expect(unbalanced(text)).toEqual([]);
      expect(text).not.toMatch(/<img|<svg/);
      expect(text.match(/<\/script>/g)).toHaveLength(2);
      expect(JSON.stringify(dataOf(text))).toContain(JSON.stringify(HOSTILE).slice(1, -1));
    }
  });
});

describe('the colours', () => {
  const part = (hex: string): number => {
    const value = Number.parseInt(hex, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = (colour: string): number =>
    0.2126 * part(colour.slice(1, 3)) + 0.7152 * part(colour.slice(3, 5)) + 0.0722 * part(colour.slice(5, 7));
  const contrast = (a: string, b: string): number => {
    const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };

  it.each([
    ['light', LIGHT],
    ['dark', DARK],
  ] satisfies [string, Palette][])('of the %s theme contrast with the background', (_, palette) => {
    for (const ground of [palette.ground, palette.surface]) {
      for (const text of ['text', 'muted', 'link', 'good', 'bad'] as const)
        expect(contrast(palette[text], ground), text).toBeGreaterThanOrEqual(4.5);
      for (const tone of ['blue', 'orange', 'green', 'purple', 'grey'] as const)
        expect(contrast(palette[tone], ground), tone).toBeGreaterThanOrEqual(3);
    }
  });
});

/** The frame of top: goldens at a fixed clock, and properties of every frame. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newAgent } from '../../../src/core/budget/allocate.ts';
import { NOTHING, UNLIMITED } from '../../../src/core/budget/amounts.ts';
import { newWorkflow } from '../../../src/core/budget/totals.ts';
import type { AgentBudget, Level } from '../../../src/core/model/budget.ts';
import type { Instant } from '../../../src/core/model/instants.ts';
import type { State } from '../../../src/core/model/state.ts';
import { EMPTY_VM_STATE } from '../../../src/core/model/state.ts';
import type { Snapshot } from '../../../src/ports/snapshot.ts';
import { columnsOf, cut, padded, visible } from '../../../src/render/text/columns.ts';
import { shortDuration } from '../../../src/render/text/duration.ts';
import { boardOf } from '../../../src/render/top/board.ts';
import { frame, report } from '../../../src/render/top/frame.ts';
import { repaint } from '../../../src/render/top/repaint.ts';
import { painted, span } from '../../../src/render/top/spans.ts';
import { FIRST_VIEW, SORTS, shownOf, type View } from '../../../src/render/top/view.ts';
import { aLease, anEntry, anEnvironment, aState, later, NOW } from '../../helpers/state.ts';
import { STYLES } from '../../helpers/styles.ts';

const agent = (name: string, progress: number | null = null, phase: string | null = null) => ({
  name,
  pid: null,
  progress,
  phase,
  progressAt: later(-30_000),
  extra: {},
});

const aBudget = (name: string, tokens: number, level: Level, more: Partial<AgentBudget> = {}): AgentBudget => ({
  ...newAgent(name, 'default', NOW),
  allocated: { ...UNLIMITED, tokens: 1000 },
  consumed: { ...NOTHING, tokens },
  level,
  ...more,
});

const state: State = aState(
  20,
  [
    aLease('L1', 'consilio', 5, {
      acquiredAt: later(-4 * 60_000),
      agents: [
        agent('auth', 60, '3/4'),
        agent('dashboard', 80, '4/4'),
        agent('api', 40, '2/4'),
        agent('tests', 90, 'Running validations'),
        agent('deploy', 20, '1/4'),
      ],
      expiresAt: later(12 * 60_000),
    }),
    aLease('L2', 'openhorizon', 3, { agents: [agent('landing', 5)], expiresAt: later(2 * 3_600_000) }),
    aLease('L3', 'odin', 4, {
      agents: [agent('文書-writer', 15, 'Lesen 読む'), agent('parser')],
      ending: { since: NOW, why: 'User requested', by: 'person' },
    }),
  ],
  [
    anEntry('T4', 'health-agent', 9, { queuedAt: later(-125_000) }),
    anEntry('T5', 'quiculum-monitor', 6, { minSlots: 2, queuedAt: later(-60_000) }),
  ],
  {
    vmState: {
      ...EMPTY_VM_STATE,
      cpuPercent: 45.2,
      memoryPercent: 92.1,
      loadAverage: 4.3,
      diskUsagePercent: 58,
      health: 'degraded',
      reason: 'memory has been over 90% for 10 seconds',
      effectiveMaxSlots: 14,
      sampledAt: later(-300_000),
    },
    budgets: {
      workflows: [newWorkflow('default')],
      agents: [
        aBudget('consilio/auth', 300, 'green'),
        aBudget('consilio/dashboard', 620, 'yellow'),
        aBudget('consilio/api', 780, 'orange'),
        aBudget('consilio/tests', 920, 'red'),
        aBudget('consilio/deploy', 1040, 'black'),
        aBudget('parser', 10, 'green', { stopped: { reason: 'enough', at: NOW } }),
        aBudget('odin/docs', 950, 'red'),
        aBudget('helper', 0, 'green'),
      ],
    },
  },
);
const snapshotOf = (state: State, now: Instant = NOW): Snapshot => ({
  state,
  environment: anEnvironment({}, now),
  repairs: [],
  isDue: false,
});
const board = boardOf(snapshotOf(state));

const looking = (more: Partial<View>): View => ({ ...FIRST_VIEW, ...more });
const golden = (name: string, text: string) => expect(`${text}\n`).toMatchFileSnapshot(`../../golden/${name}.txt`);

describe.each([60, 80, 120])('at %i columns', (columns) => {
  it.each(Object.entries(STYLES))('%s', async (style, styles) => {
    await golden(`top-${columns}-${style}`, frame(board, FIRST_VIEW, { columns, rows: 30 }, styles).join('\n'));
  });
});

it('asking, filtering, helping, sorting, scrolling, on small screens', async () => {
  const plain = STYLES.plain;
  const shots: readonly (readonly [title: string, view: Partial<View>, columns: number, rows: number])[] = [
    ['asks before it kills', { mode: 'confirm', target: 'consilio' }, 80, 12],
    ['asks where a queue is', { mode: 'confirm', target: 'health-agent' }, 80, 12],
    ['a filter is typed', { mode: 'filter', filter: 'AUTH' }, 80, 14],
    ['a filter stands', { filter: 'odin' }, 80, 20],
    ['nothing matches', { filter: 'nobody' }, 80, 12],
    ['the help', { mode: 'help' }, 80, 24],
    ['by name, turned round', { sort: 'project', isReversed: true }, 80, 16],
    ['a message', { message: { text: 'consilio: 5 agents terminated', isBad: false } }, 80, 12],
    ['the last row is selected', { at: 99 }, 60, 16],
    ['a waiting row is selected', { selected: 'ticket T5' }, 60, 16],
    ['the smallest', {}, 40, 10],
    ['too small', {}, 39, 9],
  ];
  const text = shots.map(([title, view, columns, rows]) => {
    const lines = frame(board, looking(view), { columns, rows }, plain);
    return [`== ${title} (${columns}x${rows})`, ...lines.map((line) => `|${line}`)].join('\n');
  });
  await golden('top-views', text.join('\n'));
});

it('the whole report, for an output that is no screen', async () => {
  await golden('top-once', report(board, FIRST_VIEW, 1000, STYLES.plain));
  await golden('top-empty', report(boardOf(snapshotOf(aState(20))), FIRST_VIEW, 80, STYLES.plain));
});

describe('the order of projects', () => {
  it.each([
    ['project', false, 'consilio odin openhorizon'],
    ['project', true, 'openhorizon odin consilio'],
    ['slots', false, 'consilio odin openhorizon'],
    ['slots', true, 'openhorizon odin consilio'],
    ['progress', false, 'consilio odin openhorizon'],
    ['eta', false, 'consilio openhorizon odin'],
    ['eta', true, 'openhorizon consilio odin'],
    ['budget', false, 'consilio odin openhorizon'],
    ['budget', true, 'odin consilio openhorizon'],
  ] as const)('by %s, reversed: %s', (sort, isReversed, want) => {
    const { projects } = shownOf(board, looking({ sort, isReversed }));
    expect(projects.map(({ project }) => project).join(' ')).toBe(want);
  });
});

describe('every frame', () => {
  const evil = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(
      '\u001b[2J',
      '\u001b]0;title\u0007',
      '\r\nx',
      '\u202egnp.exe',
      '👩‍👩‍👧‍👦🇩🇪🖥️',
      'é',
      '漢字漢字漢字漢字',
    ),
  );
  const anyBoard = fc
    .array(
      fc.record({
        project: evil,
        agents: fc.array(fc.tuple(evil, fc.option(fc.nat(100)), fc.option(evil)), { maxLength: 4 }),
      }),
      { maxLength: 5 },
    )
    .chain((groups) => fc.record({ groups: fc.constant(groups), why: evil, waiting: fc.array(evil, { maxLength: 3 }) }))
    .map(({ groups, why, waiting }) =>
      boardOf(
        snapshotOf(
          aState(
            10,
            groups.map(({ project, agents }, at) =>
              aLease(`L${at}`, project, 3, {
                agents: agents.map(([name, progress, phase]) => agent(name, progress, phase)),
                ending: at === 1 ? { since: NOW, why, by: 'person' } : null,
              }),
            ),
            waiting.map((project, at) => anEntry(`T${at}`, project, 9)),
            {
              vmState: { ...EMPTY_VM_STATE, cpuPercent: 5, health: 'degraded', reason: why },
              budgets: { workflows: [], agents: waiting.map((name, at) => aBudget(`${name}${at}`, at * 400, 'green')) },
            },
          ),
        ),
      ),
    );
  const anyView = fc.record({
    sort: fc.constantFrom(...SORTS),
    isReversed: fc.boolean(),
    filter: fc.oneof(fc.constant(''), fc.constantFrom('a', 'x', '漢')),
    mode: fc.constantFrom('rows' as const, 'filter' as const, 'confirm' as const, 'help' as const),
    selected: fc.constantFrom(null, 'ticket T1'),
    at: fc.nat(20),
    target: fc.constant('a'.repeat(64)),
    message: fc.option(fc.record({ text: evil.map(visible), isBad: fc.boolean() })),
  });
  const size = fc.record({ columns: fc.integer({ min: 1, max: 150 }), rows: fc.integer({ min: 1, max: 60 }) });

  it('has as many lines as rows, none too wide, and no control sequences but colours', () => {
    fc.assert(
      fc.property(
        anyBoard,
        anyView,
        size,
        fc.constantFrom(...Object.values(STYLES)),
        (shown, view, { columns, rows }, styles) => {
          const lines = frame(shown, view, { columns, rows }, styles);
          expect(lines).toHaveLength(rows);
          for (const line of lines) {
            expect(columnsOf(line)).toBeLessThanOrEqual(columns);
            // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of chalk are allowed.
            expect(line.replaceAll(/\u001b\[\d+m/g, '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is the result of repainting the frame before, and an equal frame writes nothing', () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '漢'), maxLength: 5 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.option(lines), lines, (before, after) => {
        expect(played(before ?? ['old'], repaint(before, after, 10))).toBe(played([], repaint(null, after, 10)));
        expect(repaint(after, after, 10)).toBe('');
      }),
    );
  });
});

/** The screen of a terminal of ten columns after the four sequences that repaint sends. */
function played(start: readonly string[], bytes: string): string {
  const rows = [...start];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the sequences.
  for (const [, command, row, text, clear] of bytes.matchAll(/\u001b\[(m|2J|(\d+);1H([^\u001b]*)(\u001b\[K)?)/g)) {
    if (command === '2J') rows.length = 0;
    if (row === undefined) continue;
    const old = clear === undefined ? (rows[Number(row) - 1] ?? '') : '';
    rows[Number(row) - 1] = (text ?? '') + old.slice((text ?? '').length);
  }
  return Array.from(rows, (line) => (line ?? '').trimEnd())
    .join('\n')
    .trimEnd();
}

it('a line as wide as the screen is not cleared after its end', () => {
  expect(repaint([''], ['1234567890'], 10)).toBe('\u001b[1;1H1234567890');
  expect(repaint([''], ['12345'], 10)).toBe('\u001b[1;1H12345\u001b[K');
});

it('texts are measured, cut and padded by columns', () => {
  expect(visible('a\u001b[31mb\tc\r\nd\u202ee')).toBe('a[31mb c  de');
  expect(['漢字', 'e\u0301', '🟢x', '\u001b[1mab\u001b[22m'].map(columnsOf)).toEqual([4, 1, 3, 2]);
  expect([cut('abcdef', 4), cut('漢字漢', 4), cut('abc', 3), cut('abc', 0)]).toEqual(['abc…', '漢…', 'abc', '']);
  expect([padded('漢', 4), padded('7', 3, 'right'), padded('abcd', 3)]).toEqual(['漢  ', '  7', 'ab…']);
  expect(painted([span('漢漢'), span(''), span('abc', (text) => `<${text}>`)], 6)).toBe('漢漢<a…>');
  expect([0, 89, 90, 720, 7_500, 200_000].map(shortDuration)).toEqual(['0s', '89s', '2m', '12m', '2h05m', '2d7h']);
});

/** The effect of each key, as a table; and the keys that bytes become. */
import { describe, expect, it } from 'vitest';
import { newAgent } from '../../src/core/budget/allocate.ts';
import { boardOf } from '../../src/render/top/board.ts';
import { FIRST_VIEW, selectedAt, shownOf, type View } from '../../src/render/top/view.ts';
import { decodeKeys } from '../../src/ui/keys.ts';
import { press } from '../../src/ui/press.ts';
import { aLease, anEntry, anEnvironment, aState, NOW } from '../helpers/state.ts';

const agent = (name: string) => ({ name, pid: null, progress: null, phase: null, progressAt: null, extra: {} });
const board = boardOf({
  state: aState(
    10,
    [aLease('L1', 'one', 5, { agents: [agent('auth')] }), aLease('L2', 'two', 3)],
    [anEntry('T3', 'three', 4)],
    {
      budgets: { workflows: [], agents: [newAgent('two/docs', 'default', NOW), newAgent('helper', 'default', NOW)] },
    },
  ),
  environment: anEnvironment(),
  repairs: [],
  isDue: false,
});

interface Row {
  readonly name: string;
  readonly from?: Partial<View>;
  readonly keys: readonly string[];
  readonly want?: Partial<View>;
  readonly wantSelected?: string;
  readonly wantAction?: object;
}

const ROWS: readonly Row[] = [
  { name: 'q quits', keys: ['q'], wantAction: { kind: 'quit' } },
  {
    name: 'Ctrl-C quits, also while a filter is typed',
    from: { mode: 'filter' },
    keys: ['ctrl-c'],
    wantAction: { kind: 'quit' },
  },
  { name: 'Ctrl-Z suspends', keys: ['ctrl-z'], wantAction: { kind: 'suspend' } },
  { name: 'Ctrl-L draws again', keys: ['ctrl-l'], wantAction: { kind: 'redraw' } },
  { name: 'the first row is selected', keys: [], wantSelected: 'project one' },
  { name: 'down and j go down', keys: ['down', 'j'], wantSelected: 'project two' },
  { name: 'up and k go up', from: { at: 3 }, keys: ['up', 'k'], wantSelected: 'agent one auth 0' },
  { name: 'up stays on the first row', keys: ['up', 'up'], wantSelected: 'project one' },
  { name: 'down stays on the last row', keys: ['end', 'down'], wantSelected: 'budget two/docs' },
  { name: 'Page Down goes down a page', keys: ['pagedown'], wantSelected: 'budget two/docs' },
  { name: 'Page Up goes back', keys: ['pagedown', 'pageup'], wantSelected: 'project one' },
  { name: 's chooses the next order', keys: ['s'], want: { sort: 'progress' } },
  { name: '< chooses the order before', keys: ['<'], want: { sort: 'project' } },
  { name: '< goes from the first order to the last', keys: ['<', '<'], want: { sort: 'budget' } },
  { name: '> goes from the last order to the first', from: { sort: 'budget' }, keys: ['>'], want: { sort: 'project' } },
  { name: 'r reverses the order', keys: ['r'], want: { isReversed: true } },
  { name: 'another order is not reversed', keys: ['r', 's'], want: { isReversed: false } },
  { name: '/ begins a filter, letters are text', keys: ['/', 'q', 'K'], want: { mode: 'filter', filter: 'qK' } },
  { name: 'Enter keeps the filter', keys: ['/', 'o', 'enter'], want: { mode: 'rows', filter: 'o' } },
  { name: 'Esc drops a filter while it is typed', keys: ['/', 'o', 'escape'], want: { mode: 'rows', filter: '' } },
  { name: 'Esc drops a filter that was kept', from: { filter: 'o' }, keys: ['escape'], want: { filter: '' } },
  { name: 'Backspace removes one letter', keys: ['/', 'o', '漢', 'backspace'], want: { filter: 'o' } },
  { name: 'Ctrl-U removes all letters', keys: ['/', 'o', 'n', 'ctrl-u'], want: { mode: 'filter', filter: '' } },
  { name: 'arrows and unknown keys add no text', keys: ['/', 'up', 'unknown'], want: { filter: '' } },
  {
    name: 'a filter selects the first row that is left',
    from: { at: 4 },
    keys: ['/', 't', 'w'],
    wantSelected: 'project two',
  },
  { name: 'K asks first', keys: ['K'], want: { mode: 'confirm', target: 'one' } },
  {
    name: 'y confirms',
    keys: ['K', 'y'],
    want: { mode: 'rows', target: null },
    wantAction: { kind: 'kill', project: 'one' },
  },
  { name: 'Y does not confirm', keys: ['K', 'Y'], want: { mode: 'rows' } },
  {
    name: 'Enter does not confirm',
    keys: ['K', 'enter'],
    want: { mode: 'rows', message: { text: 'one was not killed', isBad: false } },
  },
  { name: 'K on an agent takes its project', from: { at: 1 }, keys: ['K'], want: { target: 'one' } },
  { name: 'K on a queued request takes its project', from: { at: 3 }, keys: ['K'], want: { target: 'three' } },
  {
    name: 'K refuses a budget without a project in its name',
    from: { at: 4 },
    keys: ['K'],
    want: { message: { text: 'this budget names no project', isBad: true } },
  },
  {
    name: 'K on a budget takes its project',
    from: { selected: 'budget two/docs' },
    keys: ['K'],
    want: { target: 'two' },
  },
  { name: 'K does nothing when no row is left', from: { filter: 'nobody' }, keys: ['K'], want: { mode: 'rows' } },
  { name: '? shows help', keys: ['?'], want: { mode: 'help' } },
  { name: 'h shows help, and any key goes back', keys: ['h', 'j'], want: { mode: 'rows', at: 0 } },
  {
    name: 'the next key clears a message',
    from: { message: { text: 'x', isBad: false } },
    keys: ['j'],
    want: { message: null },
  },
  { name: 'other keys do nothing', keys: ['tab', 'z', 'unknown'], want: FIRST_VIEW },
];

it.each(ROWS)('$name', ({ from = {}, keys, want = {}, wantSelected, wantAction = null }) => {
  let view: View = { ...FIRST_VIEW, ...from };
  let action: object | null = null;
  for (const key of keys) ({ view, action } = press(view, key, board));
  expect(view).toMatchObject(want);
  expect(action).toEqual(wantAction);
  const { places } = shownOf(board, view);
  if (wantSelected !== undefined) expect(places[selectedAt(places, view)]?.key).toBe(wantSelected);
});

it('a selected row stays selected when the order changes', () => {
  const { view } = press({ ...FIRST_VIEW, selected: 'project two', at: 2 }, 'r', board);
  const { places } = shownOf(board, view);
  expect(places[selectedAt(places, view)]?.key).toBe('project two');
  expect(selectedAt(places, view)).toBe(0);
});

describe('bytes', () => {
  it.each([
    ['letters', 'qä漢👍', ['q', 'ä', '漢', '👍']],
    ['arrows both ways', '\u001b[A\u001bOB', ['up', 'down']],
    ['pages and ends', '\u001b[5~\u001b[6~\u001b[H\u001b[4~', ['pageup', 'pagedown', 'home', 'end']],
    ['controls', '\u0003\u001a\r\u007f\t', ['ctrl-c', 'ctrl-z', 'enter', 'backspace', 'tab']],
    ['unknown sequences', '\u001b[1;5C\u001b[200~\u001bOP', ['unknown', 'unknown', 'unknown']],
    ['an escape before a letter', '\u001bq', ['escape', 'q']],
    ['two escapes', '\u001b\u001b', ['escape', 'escape']],
  ])('%s', (_name, bytes, want) => {
    expect(decodeKeys(bytes, true)).toEqual({ keys: want, rest: '' });
  });

  it('a sequence in two pieces waits for its end', () => {
    expect(decodeKeys('j\u001b', false)).toEqual({ keys: ['j'], rest: '\u001b' });
    expect(decodeKeys('\u001b[', false)).toEqual({ keys: [], rest: '\u001b[' });
    expect(decodeKeys('\u001b[5', false)).toEqual({ keys: [], rest: '\u001b[5' });
    expect(decodeKeys('\u001b[5~', false)).toEqual({ keys: ['pageup'], rest: '' });
    expect(decodeKeys('\u001b', true)).toEqual({ keys: ['escape'], rest: '' });
  });
});

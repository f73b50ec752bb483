/** What each key does, as a table; and how bytes become keys. */
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
    name: 'so does Ctrl-C, also while typing',
    from: { mode: 'filter' },
    keys: ['ctrl-c'],
    wantAction: { kind: 'quit' },
  },
  { name: 'Ctrl-Z stops', keys: ['ctrl-z'], wantAction: { kind: 'suspend' } },
  { name: 'Ctrl-L draws again', keys: ['ctrl-l'], wantAction: { kind: 'redraw' } },
  { name: 'the first row is selected', keys: [], wantSelected: 'project one' },
  { name: 'down and j go down', keys: ['down', 'j'], wantSelected: 'project two' },
  { name: 'up and k go up', from: { at: 3 }, keys: ['up', 'k'], wantSelected: 'agent one auth 0' },
  { name: 'not above the first', keys: ['up', 'up'], wantSelected: 'project one' },
  { name: 'not below the last', keys: ['end', 'down'], wantSelected: 'budget two/docs' },
  { name: 'pages', keys: ['pagedown'], wantSelected: 'budget two/docs' },
  { name: 'and back', keys: ['pagedown', 'pageup'], wantSelected: 'project one' },
  { name: 's takes the next order', keys: ['s'], want: { sort: 'progress' } },
  { name: '< the one before', keys: ['<'], want: { sort: 'project' } },
  { name: 'round the end', keys: ['<', '<'], want: { sort: 'budget' } },
  { name: '> round the end, too', from: { sort: 'budget' }, keys: ['>'], want: { sort: 'project' } },
  { name: 'r turns round', keys: ['r'], want: { isReversed: true } },
  { name: 'another order begins the usual way', keys: ['r', 's'], want: { isReversed: false } },
  { name: '/ begins a filter, letters are letters', keys: ['/', 'q', 'K'], want: { mode: 'filter', filter: 'qK' } },
  { name: 'Enter keeps it', keys: ['/', 'o', 'enter'], want: { mode: 'rows', filter: 'o' } },
  { name: 'Esc drops it', keys: ['/', 'o', 'escape'], want: { mode: 'rows', filter: '' } },
  { name: 'Esc drops one that stands', from: { filter: 'o' }, keys: ['escape'], want: { filter: '' } },
  { name: 'Backspace takes one letter', keys: ['/', 'o', '漢', 'backspace'], want: { filter: 'o' } },
  { name: 'Ctrl-U takes all', keys: ['/', 'o', 'n', 'ctrl-u'], want: { mode: 'filter', filter: '' } },
  { name: 'arrows are no text', keys: ['/', 'up', 'unknown'], want: { filter: '' } },
  {
    name: 'a filter selects the first that is left',
    from: { at: 4 },
    keys: ['/', 't', 'w'],
    wantSelected: 'project two',
  },
  { name: 'K asks first', keys: ['K'], want: { mode: 'confirm', target: 'one' } },
  {
    name: 'only y is yes',
    keys: ['K', 'y'],
    want: { mode: 'rows', target: null },
    wantAction: { kind: 'kill', project: 'one' },
  },
  { name: 'Y is not', keys: ['K', 'Y'], want: { mode: 'rows' } },
  {
    name: 'neither is Enter',
    keys: ['K', 'enter'],
    want: { mode: 'rows', message: { text: 'nothing was done to one', isBad: false } },
  },
  { name: 'an agent means its project', from: { at: 1 }, keys: ['K'], want: { target: 'one' } },
  { name: 'a place in the queue, too', from: { at: 3 }, keys: ['K'], want: { target: 'three' } },
  {
    name: 'a budget by its name',
    from: { at: 4 },
    keys: ['K'],
    want: { message: { text: 'this budget names no project', isBad: true } },
  },
  { name: 'a budget that names one', from: { selected: 'budget two/docs' }, keys: ['K'], want: { target: 'two' } },
  { name: 'nothing is selected where nothing is', from: { filter: 'nobody' }, keys: ['K'], want: { mode: 'rows' } },
  { name: '? and h help, any key goes back', keys: ['?'], want: { mode: 'help' } },
  { name: 'any key', keys: ['h', 'j'], want: { mode: 'rows', at: 0 } },
  {
    name: 'a message goes with the next key',
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
    ['what nobody knows', '\u001b[1;5C\u001b[200~\u001bOP', ['unknown', 'unknown', 'unknown']],
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

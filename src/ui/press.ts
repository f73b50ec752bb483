/** The effect of each key on the view of the board. It is pure: it draws nothing and ends nothing. */
import type { Board } from '../render/top/board.ts';
import { type Selectable, SORTS, selectedAt, shownOf, type View } from '../render/top/view.ts';

export type ScreenAction =
  | { readonly kind: 'quit' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'kill'; readonly project: string };

export interface Pressed {
  readonly view: View;
  readonly action: ScreenAction | null;
}

const MOST_FILTER = 60;
const PAGE = 10;

const only = (view: View): Pressed => ({ view, action: null });

function moved(view: View, places: readonly Selectable[], to: number): View {
  const at = Math.max(0, Math.min(to, places.length - 1));
  return { ...view, selected: places[at]?.key ?? null, at };
}

function sortedBy(view: View, step: number): View {
  const next = (SORTS.indexOf(view.sort) + step + SORTS.length) % SORTS.length;
  return { ...view, sort: SORTS[next] as View['sort'], isReversed: false };
}

function typing(view: View, key: string): View {
  if (key === 'enter') return { ...view, mode: 'rows' };
  if (key === 'escape') return { ...view, mode: 'rows', filter: '' };
  if (key === 'backspace') return { ...view, filter: [...view.filter].slice(0, -1).join('') };
  if (key === 'ctrl-u') return { ...view, filter: '' };
  const isText = [...key].length === 1 && view.filter.length < MOST_FILTER;
  // The filter may hide the selected row; then the first visible row is selected.
  return isText ? { ...view, filter: view.filter + key, at: 0 } : view;
}

function asking(view: View, places: readonly Selectable[]): View {
  const place = places[selectedAt(places, view)];
  if (place === undefined) return { ...view, message: { text: 'nothing is selected', isBad: true } };
  if (place.project === null) return { ...view, message: { text: 'this budget names no project', isBad: true } };
  return { ...view, mode: 'confirm', target: place.project };
}

/** Kills only after `y`. */
function answering(view: View, key: string): Pressed {
  const back: View = { ...view, mode: 'rows', target: null };
  if (key === 'y' && view.target !== null) return { view: back, action: { kind: 'kill', project: view.target } };
  return only({ ...back, message: { text: `${view.target} was not killed`, isBad: false } });
}

function moving(view: View, key: string, places: readonly Selectable[]): View | null {
  const at = selectedAt(places, view);
  switch (key) {
    case 'up':
    case 'k':
      return moved(view, places, at - 1);
    case 'down':
    case 'j':
      return moved(view, places, at + 1);
    case 'pageup':
      return moved(view, places, at - PAGE);
    case 'pagedown':
    case ' ':
      return moved(view, places, at + PAGE);
    case 'home':
    case 'g':
      return moved(view, places, 0);
    case 'end':
    case 'G':
      return moved(view, places, places.length - 1);
    default:
      return null;
  }
}

function choosing(view: View, key: string, places: readonly Selectable[]): Pressed {
  const next = moving(view, key, places);
  if (next !== null) return only(next);
  switch (key) {
    case 'q':
      return { view, action: { kind: 'quit' } };
    case 's':
    case '>':
    case 'right':
      return only(sortedBy(view, 1));
    case '<':
    case 'left':
      return only(sortedBy(view, -1));
    case 'r':
      return only({ ...view, isReversed: !view.isReversed });
    case '/':
      return only({ ...view, mode: 'filter' });
    case 'escape':
      return only({ ...view, filter: '' });
    case 'K':
      return only(asking(view, places));
    case '?':
    case 'h':
      return only({ ...view, mode: 'help' });
    default:
      return only(view);
  }
}

/** The view after a key, and the action that the key asks of the loop. */
export function press(view: View, key: string, board: Board): Pressed {
  if (key === 'ctrl-c') return { view, action: { kind: 'quit' } };
  if (key === 'ctrl-z') return { view, action: { kind: 'suspend' } };
  if (key === 'ctrl-l') return { view, action: { kind: 'redraw' } };
  switch (view.mode) {
    case 'help':
      return key === 'q' ? { view, action: { kind: 'quit' } } : only({ ...view, mode: 'rows' });
    case 'filter':
      return only(typing(view, key));
    case 'confirm':
      return answering(view, key);
    case 'rows':
      return choosing({ ...view, message: null }, key, shownOf(board, view).places);
  }
}

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readRecordList, recordsOf, updateRecords } from '../../../src/store/document/record-list.ts';

interface Note {
  readonly id: number;
  readonly said: number;
}

const line = (note: Note): string => JSON.stringify(note);
const update = (list: NonNullable<ReturnType<typeof read>>, notes: readonly Note[]) =>
  updateRecords(list, notes, ({ id }) => String(id), line);
const read = (text: string, previous: Parameters<typeof readRecordList<Note>>[4] = null) =>
  readRecordList<Note>(
    'notes',
    text,
    (value) => value as Note,
    () => null,
    previous,
  );
const must = <T>(value: T | null): T => {
  if (value === null) throw new Error('was not read');
  return value;
};

/** One edit of a list: a record changes, comes or goes, the order changes, or nothing does. */
const edit = fc.oneof(
  fc.record({ do: fc.constant('change' as const), at: fc.nat(30), said: fc.nat(9) }),
  fc.record({ do: fc.constant('add' as const), said: fc.nat(9) }),
  fc.record({ do: fc.constant('drop' as const), at: fc.nat(30) }),
  fc.record({ do: fc.constant('reverse' as const) }),
  fc.record({ do: fc.constant('none' as const) }),
);

it('after any edits the text of a list is the same as when it is written from scratch', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.array(fc.nat(25), { maxLength: 3 }), fc.array(edit), (count, comments, edits) => {
      let notes: Note[] = Array.from({ length: count }, (_, id) => ({ id, said: 0 }));
      const rows = notes.map((note) => `  - ${line(note)}`);
      for (const at of comments) rows.splice(at, 0, `  # here ${at}`);
      const kept = rows.some((row) => row.includes('{')) ? '' : ' []';
      let list = must(read(`notes:${kept}\n${rows.map((row) => `${row}\n`).join('')}`));
      let nextId = count;
      for (const step of edits) {
        if (step.do === 'change' && notes.length > 0) {
          const at = step.at % notes.length;
          notes = notes.with(at, { id: (notes[at] as Note).id, said: step.said });
        }
        if (step.do === 'add') notes = [...notes, { id: nextId++, said: step.said }];
        if (step.do === 'drop') notes = notes.filter((_, at) => at !== step.at);
        if (step.do === 'reverse') notes = [...notes].reverse();
        const before = list;
        const next = update(list, notes);

        const scratch = update({ ...before, text: null }, notes);
        expect(next.text).toBe(scratch.text);
        expect(recordsOf(next).sort((a, b) => a.id - b.id)).toEqual([...notes].sort((a, b) => a.id - b.id));
        expect(next.lines.filter(({ record }) => record === null)).toHaveLength(comments.length);
        // A read with the lines known before gives the same list as one without, and reuses unchanged lines.
        const again = must(read(next.text, before));
        expect(again).toEqual(read(next.text));
        if (step.do === 'none') expect(again.lines.every((kept, at) => kept === before.lines[at])).toBe(true);
        list = next;
        notes = recordsOf(next);
      }
    }),
  );
});

it('only the changed line of a thousand is parsed again', () => {
  const notes = Array.from({ length: 1000 }, (_, id) => ({ id, said: 0 }));
  const text = `notes:\n${notes.map((note) => `  - ${line(note)}\n`).join('')}`;
  const list = must(read(text));
  const again = must(read(text.replace('"id":500,"said":0', '"id":500,"said":7'), list));
  expect(again.lines.filter((kept, at) => kept !== list.lines[at]).map(({ record }) => record)).toEqual([
    { id: 500, said: 7 },
  ]);
});

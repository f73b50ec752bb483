/** The ledger with more responses than one block of numbers holds. */
import { expect, it } from 'vitest';
import { BLOCK } from '../../../src/core/usage/columns.ts';
import { ResponseLedger } from '../../../src/core/usage/ledger.ts';
import { responsesIn } from '../../../src/core/usage/response.ts';
import { aLine } from '../../helpers/transcripts.ts';

it('holds, finds and forgets responses beyond one block', () => {
  const ledger = new ResponseLedger();
  const size = BLOCK + 5000;
  const [template] = responsesIn(aLine({ usage: { output_tokens: 1 } }));
  if (template === undefined) throw new Error('no response');
  const add = (n: number) => ledger.add({ ...template, id: `m${n}`, at: n + 1, session: `S${n % 3}` });
  for (let n = 0; n < size; n += 1) expect(add(n).isNew).toBe(true);
  for (let n = 0; n < size; n += 97) expect(add(n).isNew).toBe(false);
  expect(ledger.size).toBe(size);
  const of = [...ledger.owners()].map((owner) => [...ledger.entriesOf(owner)].length);
  expect(of.reduce((sum, count) => sum + count, 0)).toBe(size);
  ledger.forget(0, 1000);
  expect([ledger.size, Math.min(...[...ledger.entries()].map(({ at }) => at))]).toEqual([1000, size - 999]);
  expect([add(size - 1).isNew, add(0).isNew]).toEqual([false, true]);
}, 30_000);

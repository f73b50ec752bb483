/** Every kind of record has words; the types allow no other kind. */
import { expect, it } from 'vitest';
import { RECORD_KINDS } from '../../../src/core/model/record.ts';
import { recordWords } from '../../../src/render/history/record.ts';
import { kept } from '../../helpers/history.ts';

it.each([...RECORD_KINDS, 'budget-allocate'])('%s has words of its own', (kind) => {
  const words = recordWords(kept(0, kind, { marker: 'raw' }));
  expect(words).not.toBe('');
  expect(words, 'the record is shown as JSON').not.toContain('marker');
});

const chosen = { chosen: 'L1', candidates: [{ lease: 'L1', project: 'odin' }], reason: 'memory 97% of 90%' };
const process_ = { pid: 50, command: 'node', evidence: 'claude' };
const gone = 'a Claude session that is gone (pid 40, session 1a2b3c4d)';

it.each([
  [
    'orphans',
    { name: gone, why: 'its session has ended', terminated: [process_, process_], survivors: [] },
    `2 processes of ${gone} ended: its session has ended`,
  ],
  [
    'orphans',
    { name: 'L1 of odin', why: 'its wrapper was killed', terminated: [], survivors: [process_] },
    '0 processes of L1 of odin ended, 1 process still running: its wrapper was killed',
  ],
  ['abandoned', { lease: 'L1', terminated: 3 }, '3 processes left over from L1 ended'],
  ['reap', { ...chosen, action: 'ending' }, 'L1 of odin is being ended: memory 97% of 90%'],
  [
    'reap',
    { ...chosen, action: 'ended', result: { terminated: 3, survivors: [], seconds: 1.25 } },
    'L1 of odin ended, 3 processes in 1.3s: memory 97% of 90%',
  ],
  [
    'reap',
    { ...chosen, action: 'ended', result: { terminated: 0, survivors: [process_], seconds: 13 } },
    'L1 of odin ended, 0 processes in 13.0s, 1 process still running: memory 97% of 90%',
  ],
  ['reap', { ...chosen, action: 'would-end' }, 'L1 of odin would have been ended: memory 97% of 90%'],
  ['reap', { ...chosen, action: 'recovered' }, 'L1 of odin was spared: the machine had recovered'],
  [
    'reap',
    { chosen: null, candidates: [], reason: 'memory 97% of 90%', action: 'nothing-to-end' },
    'no agent could be ended to free memory: memory 97% of 90%',
  ],
  [
    'kill',
    {
      ...{ agents_terminated: 2, slots_released: 3, cancelled: ['T4'], reason: 'User requested' },
      ...{ terminated: [process_], survivors: [] },
    },
    '2 agents terminated (1 process), 3 slots released, T4 removed from the queue: User requested',
  ],
  ['queued', { ticket: 'T1', slots: 2 }, 'requested 2 slots, queued (T1)'],
  ['queued', { ticket: 'T1', slots: 2, reason: null }, 'requested 2 slots, queued (T1)'],
  [
    'queued',
    { ticket: 'T1', slots: 2, reason: 'behind-others', binding: 'low-memory' },
    'requested 2 slots, queued (T1): too little memory was free',
  ],
  ['waiting', { ticket: 'T1', reason: 'health-degraded' }, 'T1 waits: the machine was under strain'],
  ['waiting', { ticket: 'T1', reason: 'of-a-later-version' }, 'T1 waits: of-a-later-version'],
  ['waiting', { ticket: 'T1', reason: null }, 'T1 waits: its requester has to ask again'],
  [
    'overrun',
    { agent: 'odin/a', dimension: 'cost', allocated: 1, consumed: 1.5 },
    'exceeded its budget: $1.50 of $1.00',
  ],
  ['pause', { lease: 'L1', paused: true }, 'L1 was paused'],
  ['pause', { lease: 'L1', paused: false, why: 'memory has recovered' }, 'L1 resumed: memory has recovered'],
  [
    'rebalance',
    {
      moves: [
        { agent: 'odin/a', kind: 'reclaim' },
        { agent: 'odin/b', kind: 'demand' },
      ],
    },
    'budget moved from odin/a, to odin/b',
  ],
])('%s becomes words: %j', (kind, record, want) => {
  expect(recordWords(kept(0, kind, record))).toBe(want);
});

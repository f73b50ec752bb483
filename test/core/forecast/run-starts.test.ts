import { describe, expect, it } from 'vitest';
import { RunStarts } from '../../../src/core/forecast/run-starts.ts';
import { NOW } from '../../helpers/state.ts';

const usage = (progress: number | null) => ({ at: NOW, kind: 'usage', agent: 'odin/auth', progress });
const granted = (project: string, ...agents: string[]) => ({ at: NOW, kind: 'granted', project, agents });

interface Case {
  readonly name: string;
  readonly records: readonly object[];
  /** For each record, true if a run of odin/auth begins with it. */
  readonly begins: readonly boolean[];
  readonly progress: number | null;
}

const cases: readonly Case[] = [
  { name: 'the first report', records: [usage(null), usage(null)], begins: [true, false], progress: null },
  {
    name: 'a fall of progress, over reports without it',
    records: [usage(80), usage(null), usage(70)],
    begins: [true, false, true],
    progress: 70,
  },
  { name: 'no smaller fall: it is a correction', records: [usage(80), usage(71)], begins: [true, false], progress: 71 },
  { name: 'no small falls', records: [usage(80), usage(71), usage(62)], begins: [true, false, false], progress: 62 },
  {
    name: 'a lease that names it, in any case',
    records: [usage(80), granted('ODIN', 'api', 'Auth'), usage(85)],
    begins: [true, true, false],
    progress: 85,
  },
  {
    name: 'no lease of another project, and none without names',
    records: [usage(80), granted('nova', 'auth'), { at: NOW, kind: 'granted', project: 'odin' }],
    begins: [true, false, false],
    progress: 80,
  },
  {
    name: 'a lease before the first report',
    records: [granted('odin', 'auth'), usage(5)],
    begins: [true, false],
    progress: 5,
  },
];

describe('a run begins with', () => {
  it.each(cases)('$name', ({ records, begins, progress }) => {
    const starts = new RunStarts();
    expect(records.map((record) => starts.take(record as never).includes('odin/auth'))).toEqual(begins);
    expect(starts.progress('Odin/Auth')).toBe(progress);
  });
});

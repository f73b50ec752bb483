import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../src/core/model/instants.ts';
import type { KeptRecord } from '../../../src/core/model/record.ts';
import type { HistorySelection } from '../../../src/ports/history.ts';
import { openHistory } from '../../../src/store/history/history.ts';
import { openHistoryReader } from '../../../src/store/history/history-reader.ts';
import { openSharedHistory } from '../../../src/store/history/shared-history.ts';
import { temporaryFolder } from '../../helpers/cli.ts';

const at = (text: string): Instant => Date.parse(text) as Instant;
const DAY_MS = 86_400_000;
const AMPLE = { keepMs: 90 * DAY_MS, maxBytes: 2 ** 30 };

function read(dir: string, selection: HistorySelection = {}): KeptRecord[] {
  const records: KeptRecord[] = [];
  openHistoryReader(dir).each(selection, (record) => records.push(record));
  return records;
}

const filesIn = (dir: string): string[] => readdirSync(join(dir, 'history')).sort();

describe('an appended record', () => {
  it('is read back in order, from one file a day', () => {
    const dir = temporaryFolder();
    let now = at('2026-11-24T23:59:59.000Z');
    const history = openHistory(
      dir,
      () => now,
      () => AMPLE,
    );
    history.append({ kind: 'usage', agent: 'a' }, { kind: 'usage', agent: 'b' });
    now = at('2026-11-25T00:00:01.000Z');
    history.append({ kind: 'granted', project: 'p' });
    expect(filesIn(dir)).toEqual(['2026-11-24.jsonl', '2026-11-25.jsonl']);
    expect(read(dir).map(({ kind, agent }) => agent ?? kind)).toEqual(['a', 'b', 'granted']);
    expect(read(dir)[2]?.at).toBe(now);
  });

  it('is selected by kind and time', () => {
    const dir = temporaryFolder();
    let now = at('2026-11-25T08:00:00.000Z');
    const history = openHistory(
      dir,
      () => now,
      () => AMPLE,
    );
    for (let hour = 0; hour < 6; hour += 1) {
      history.append({ kind: hour % 2 === 0 ? 'usage' : 'granted', hour });
      now = (now + 3_600_000) as Instant;
    }
    const hours = (selection: HistorySelection) => read(dir, selection).map(({ hour }) => hour);
    expect(hours({ kinds: new Set(['usage']) })).toEqual([0, 2, 4]);
    expect(hours({ since: at('2026-11-25T10:00:00.000Z') })).toEqual([2, 3, 4, 5]);
    expect(hours({ until: at('2026-11-25T09:00:00.000Z'), kinds: new Set(['granted']) })).toEqual([1]);
  });

  it('is skipped when it is incomplete or foreign', () => {
    const dir = temporaryFolder();
    const path = join(dir, 'history', '2026-11-25.jsonl');
    mkdirSync(join(dir, 'history'));
    writeFileSync(
      path,
      '{"at":"2026-11-25T08:00:00.000Z","kind":"usage","n":1}\nnonsense\n\n{"at":"x","kind":"usage"}\n[]\nnull\n',
    );
    appendFileSync(path, '{"at":"2026-11-25T08:00:01.000Z","kind":"usa');
    expect(read(dir).map(({ n }) => n)).toEqual([1]);
    expect(read(temporaryFolder())).toEqual([]);
  });

  it('is read whole across the end of a chunk, also within a letter', () => {
    const dir = temporaryFolder();
    const history = openHistory(
      dir,
      () => at('2026-11-25T08:00:00.000Z'),
      () => AMPLE,
    );
    const long = 'ä€'.repeat(300_000);
    history.append({ kind: 'usage', long: 'first' }, { kind: 'usage', long }, { kind: 'usage', long: 'last' });
    expect(read(dir).map((record) => record.long)).toEqual(['first', long, 'last']);
  });
});

describe('the history', () => {
  it('deletes files older than the limit', () => {
    const dir = temporaryFolder();
    let now = at('2026-11-01T12:00:00.000Z');
    const history = openHistory(
      dir,
      () => now,
      () => ({ ...AMPLE, keepMs: 3 * DAY_MS }),
    );
    for (let day = 0; day < 9; day += 1) {
      history.append({ kind: 'usage', day });
      now = (now + DAY_MS) as Instant;
    }
    expect(read(dir).map(({ day }) => day)).toEqual([5, 6, 7, 8]);
  });

  it.each([
    ['own', openHistory],
    ['shared', openSharedHistory],
  ])('of an %s state deletes nothing for its age on the day on which the clock is set far ahead', (_name, open) => {
    const dir = temporaryFolder();
    let now = at('2026-11-01T12:00:00.000Z');
    const history = open(
      dir,
      () => now,
      () => AMPLE,
    );
    history.append({ kind: 'usage', day: 1 });
    now = (now + DAY_MS) as Instant;
    history.append({ kind: 'usage', day: 2 });
    now = at('2099-01-01T00:00:00.000Z');
    history.append({ kind: 'usage', day: 3 });
    now = at('2026-11-03T12:00:00.000Z');
    history.append({ kind: 'usage', day: 4 });
    expect(filesIn(dir).map((name) => name.slice(0, 10))).toEqual([
      '2026-11-01',
      '2026-11-02',
      '2026-11-03',
      '2099-01-01',
    ]);
  });

  it('stays near its size limit: it deletes the oldest parts and keeps the latest records', () => {
    const dir = temporaryFolder();
    const limits = { ...AMPLE, maxBytes: 40 * 2 ** 20 };
    const history = openHistory(
      dir,
      () => at('2026-11-25T08:00:00.000Z'),
      () => limits,
    );
    const text = 'x'.repeat(2 ** 20);
    for (let n = 0; n < 80; n += 1) history.append({ kind: 'usage', n, text });
    const files = filesIn(dir);
    const bytes = files.reduce((sum, name) => sum + readFileSync(join(dir, 'history', name)).length, 0);
    expect(bytes).toBeLessThan(limits.maxBytes + 18 * 2 ** 20);
    const kept = read(dir).map(({ n }) => n as number);
    expect(kept.at(-1)).toBe(79);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, at) => 80 - kept.length + at));
    expect(kept.length).toBeGreaterThan(20);
  });

  it('never fails the command when its folder cannot be written', () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'history'), 'no folder');
    const history = openHistory(
      dir,
      () => at('2026-11-25T08:00:00.000Z'),
      () => AMPLE,
    );
    expect(() => history.append({ kind: 'usage' })).not.toThrow();
    expect(read(dir)).toEqual([]);
  });
});

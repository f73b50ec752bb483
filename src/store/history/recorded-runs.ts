/**
 * Recorded runs of agents: a folder of `*.jsonl`, one model call a line with `t` (seconds since the first call),
 * `input_tokens`, `output_tokens` and `cost_usd`.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, ExpectedError, messageOf, orSystemError, systemError } from '../../errors.ts';
import { readRegularText } from '../../files/regular-file.ts';
import type { RecordedCall, RecordedRun } from '../../ports/history.ts';

function callIn(line: string, path: string, number: number): RecordedCall {
  try {
    const { t, input_tokens, output_tokens, cost_usd } = JSON.parse(line) as Record<string, unknown>;
    const amount = (value: unknown): number => {
      const known = value === undefined || value === null ? 0 : Number(value);
      if (!Number.isFinite(known) || known < 0) throw new Error(`${value} is no amount`);
      return known;
    };
    if (typeof t !== 'number' || !Number.isFinite(t)) throw new Error('it has no time t');
    const tokens = Math.round(amount(input_tokens) + amount(output_tokens));
    return { atMs: Math.round(t * 1000), tokens, costMicroUsd: Math.round(amount(cost_usd) * 1e6) };
  } catch (error) {
    throw new ExpectedError('bad-file', `${path}, line ${number}: ${messageOf(error)}`, {
      hint: 'a run is one JSON object a line: {"t": 0.0, "input_tokens": 1545, "output_tokens": 91, "cost_usd": 0.0004}',
      exit: EXIT.badFile,
      cause: error,
    });
  }
}

function readRun(path: string, name: string): RecordedRun {
  const text = orSystemError('read', path, () => readRegularText(path));
  const calls = text.split('\n').flatMap((line, at) => (line.trim() === '' ? [] : [callIn(line, path, at + 1)]));
  return { name, calls: calls.sort((a, b) => a.atMs - b.atMs) };
}

/** Runs by name; throws ExpectedError 65 for a file in another format, 66 without any run. */
export function readRuns(folder: string): readonly RecordedRun[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  } catch (error) {
    throw systemError('read', folder, error);
  }
  if (names.length === 0)
    throw new ExpectedError('no-runs', `there are no recorded runs in ${folder}`, {
      hint: 'pass a folder of *.jsonl, one model call a line',
      exit: EXIT.noSuchThing,
    });
  return names.sort().map((name) => readRun(join(folder, name), name.replace(/\.jsonl$/, '')));
}

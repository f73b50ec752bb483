/** Durations, spellings, project names, ids, processes, machine sizes. */
import { describe, expect, it } from 'vitest';
import { parseCost, parseDuration, parsePercent, parseShare, parseSize, parseTokens } from '../../src/core/amounts.ts';
import { idNumber, isProjectName, projectKey } from '../../src/core/model/ids.ts';
import { elapsedMs, instant } from '../../src/core/model/instants.ts';
import { processKey, sameProcess } from '../../src/core/model/process-ref.ts';
import { slotAllocation } from '../../src/core/model/state.ts';
import { nearest } from '../../src/core/nearest.ts';
import { knownProjects } from '../../src/core/projects.ts';
import { sizeFor } from '../../src/core/sizing.ts';
import { aLease, anEntry, anEnvironment, aState, process_ } from '../helpers/state.ts';

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['250ms', 250],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['0s', 0],
    ['3650d', 315_360_000_000],
    ['3651d', null],
    ['', null],
    ['15', null],
    ['m', null],
    ['-5m', null],
    ['5 m', null],
    ['1e3s', null],
    ['.5h', 1_800_000],
    ['1w', 604_800_000],
    ['5min', 300_000],
    ['2hours', 7_200_000],
    ['1day', 86_400_000],
    ['1w2d', 777_600_000],
    ['1,5h', null],
    ['1.5ms', null],
    ['.h', null],
    ['5.h', null],
    ['1.2.3h', null],
    ['5fortnights', null],
    ['5constructor', null],
    ['5M', null],
    ['5m\n', null],
    ['1h30', null],
  ])('%j', (text, want) => {
    expect(parseDuration(text)).toBe(want);
  });

  it('a single amount is read like a part of a longer one', () => {
    for (const unit of ['ms', 's', 'm', 'h', 'd', 'M', ''])
      for (const count of ['0', '7', '007', '90', '999', '1000', '3651'])
        expect(parseDuration(`${count}${unit}`)).toBe(unit === '' ? null : parseDuration(`0s${count}${unit}`));
    for (const unit of ['', 'K', 'M', 'G', 'T', 'x'])
      for (const count of ['0', '7', '007', '600', '1024'])
        expect(parseSize(`${count}${unit}`)).toBe(unit === '' ? Number(count) : parseSize(`${count}${unit}iB`));
  });
});

describe('amounts', () => {
  const PARSERS = { parseTokens, parseSize, parseCost, parsePercent, parseShare };

  // A point of thousands or a comma of decimals never changes an amount without a word.
  it.each<[keyof typeof PARSERS, string, number | null]>([
    ['parseTokens', '450', 450],
    ['parseTokens', '50k', 50_000],
    ['parseTokens', '1.5M', 1_500_000],
    ['parseTokens', '.5M', 500_000],
    ['parseTokens', '49.55k', 49_550],
    ['parseTokens', '50.000', null],
    ['parseTokens', '50.0', null],
    ['parseTokens', '50,000', null],
    ['parseTokens', '1,5M', null],
    ['parseTokens', '1.234.567', null],
    ['parseTokens', '1 000', null],
    ['parseTokens', '1e6', null],
    ['parseTokens', '0.0001k', null],
    ['parseTokens', '.', null],
    ['parseTokens', '.k', null],
    ['parseSize', '1.5G', 1_610_612_736],
    ['parseSize', '.5K', 512],
    ['parseSize', '600.000', null],
    ['parseSize', '1.5B', null],
    ['parseSize', '1,5G', null],
    ['parseCost', '1.50', 1_500_000],
    ['parseCost', '.5', 500_000],
    ['parseCost', '$.5', 500_000],
    ['parseCost', '$5', 5_000_000],
    ['parseCost', '1,50', null],
    ['parseCost', '1.234,56', null],
    ['parseCost', '1.234.567', null],
    ['parseCost', '5.', null],
    ['parsePercent', '60', 60],
    ['parsePercent', '62.5%', 62.5],
    ['parsePercent', '.5', 0.5],
    ['parsePercent', '100%', 100],
    ['parsePercent', '100.1', null],
    ['parsePercent', '62,5', null],
    ['parsePercent', '%', null],
    ['parseShare', '0.5', 0.5],
    ['parseShare', '.5', 0.5],
    ['parseShare', '50%', 0.5],
    ['parseShare', '1', 1],
    ['parseShare', '100%', 1],
    ['parseShare', '1.1', null],
    ['parseShare', '101%', null],
    ['parseShare', '0,5', null],
  ])('%s(%j)', (parser, text, want) => {
    expect(PARSERS[parser](text)).toBe(want);
  });
});

describe('nearest spelling', () => {
  it.each([
    ['consillio', ['odin', 'consilio'], 'consilio'],
    ['ODIN', ['odin', 'atlas'], 'odin'],
    ['oidn', ['atlas', 'odin'], 'odin'],
    ['relaese', ['request', 'release'], 'release'],
    ['ab', ['xy', 'ac'], 'ac'],
    ['odin', ['zebra'], null],
    ['odin', [], null],
    ['stauts', ['status', 'statue'], 'status'],
  ])('%s among %j', (word, candidates, want) => {
    expect(nearest(word, candidates)).toBe(want);
  });
});

describe('project names', () => {
  it.each([
    ['a', true],
    ['Health-agent_2.0', true],
    ['_private', true],
    ['9lives', true],
    ['x'.repeat(64), true],
    ['x'.repeat(65), false],
    ['', false],
    ['-x', false],
    ['.x', false],
    ['a b', false],
    ['a/b', false],
    ['ä', false],
    ['a\n', false],
    ['__proto__', false],
  ])('%j', (text, want) => {
    expect(isProjectName(text)).toBe(want);
  });

  it('are compared without regard to case', () => {
    expect(projectKey('OpenHorizon')).toBe(projectKey('openhorizon'));
  });

  it('are collected from the whole state, each once, in their first spelling', () => {
    const state = aState(9, [aLease('L1', 'ODIN', 1), aLease('L2', 'atlas', 1)], [anEntry('T3', 'Zeus', 1)], {
      knownProjects: ['Odin'],
    });
    const { settings } = anEnvironment({ namedProjects: ['zeus', 'hera'] });
    expect(knownProjects(state, settings)).toEqual(['Odin', 'atlas', 'Zeus', 'hera']);
  });

  it('have an allocation equal to the sum of their leases, 0 included', () => {
    const state = aState(9, [aLease('L1', 'ODIN', 1), aLease('L2', 'atlas', 1), aLease('L3', 'odin', 2)], [], {
      knownProjects: ['Odin', 'hera'],
    });
    expect([...slotAllocation(state)]).toEqual([
      ['Odin', 3],
      ['hera', 0],
      ['atlas', 1],
    ]);
  });
});

describe('ids', () => {
  it.each([
    ['L7', 7],
    ['T9', 9],
    ['T123456789012345', 123_456_789_012_345],
    ['T1234567890123456', 0],
    ['7', 0],
    ['L', 0],
    ['X7', 0],
    ['L7b', 0],
    ['l7', 0],
  ])('%s', (id, want) => {
    expect(idNumber(id)).toBe(want);
  });
});

describe('processes and clocks', () => {
  it.each([
    ['the same', {}, true],
    ['another command, which is for display only', { command: 'other' }, true],
    ['another start time', { started: 1 }, false],
    ['another boot', { boot: 'other' }, false],
    ['another namespace', { ns: 4 }, false],
    ['another pid', { pid: 8 }, false],
  ])('%s', (_name, more, want) => {
    const other = { ...process_(7), ...more };
    expect(sameProcess(process_(7), other)).toBe(want);
    expect(processKey(process_(7)) === processKey(other)).toBe(want);
  });

  it('null equals only null', () => {
    expect(sameProcess(null, null)).toBe(true);
    expect(sameProcess(null, process_(7))).toBe(false);
  });

  it('a wait that began in the future has lasted 0 ms', () => {
    expect(elapsedMs(instant(100), instant(40))).toBe(0);
    expect(elapsedMs(instant(40), instant(100))).toBe(60);
  });
});

describe('machine sizes', () => {
  const GIB = 2 ** 30;
  it.each([
    { name: 'below the table: the smallest size', cores: 1, gib: 1, want: [5, 2] },
    { name: 'small', cores: 2, gib: 4, want: [5, 2] },
    { name: 'medium', cores: 4, gib: 7.6, want: [10, 3] },
    { name: 'large: a machine of 16 GiB reports less', cores: 8, gib: 15.6, want: [20, 5] },
    { name: 'many cores do not make up for little memory', cores: 64, gib: 7.4, want: [8, 3] },
    { name: 'much memory does not make up for few cores', cores: 3, gib: 256, want: [7, 3] },
    { name: 'xlarge', cores: 16, gib: 31.5, want: [40, 10] },
    { name: 'above the table: the largest size', cores: 128, gib: 1024, want: [50, 15] },
  ])('$name', ({ cores, gib, want }) => {
    const { maxSlots, maxPerProject } = sizeFor({ cores, memoryBytes: gib * GIB, tasks: null });
    expect([maxSlots, maxPerProject]).toEqual(want);
  });
});

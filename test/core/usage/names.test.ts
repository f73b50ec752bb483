/** Names of projects, sessions and agents in the budgets: two owners never have the same one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isProjectName } from '../../../src/core/model/ids.ts';
import type { Repository } from '../../../src/core/usage/attribution.ts';
import { agentOf, formerWorkOf, projectOf, workOf } from '../../../src/core/usage/attribution.ts';
import { Payers } from '../../../src/core/usage/observed.ts';
import type { Owner } from '../../../src/core/usage/response.ts';

const folded = (names: readonly string[]): Set<string> => new Set(names.map((name) => name.toLowerCase()));
const UUID = '019a7b3c-1f2e-7a41-9c0d-3b5e6f708192';

describe('different owners have different names', () => {
  it.each([
    [
      'threads of the same minute',
      [UUID, '019a7b3c-8d47-7b90-8e1f-0a1b2c3d4e5f', '019a7b3c-e6a0-7c33-b2d4-112233445566'],
    ],
    ['ids with the same end', ['11111111-aaaa-4bbb-8ccc-dddddddddddd', '22222222-aaaa-4bbb-8ccc-dddddddddddd']],
    ['ids that differ by case', ['ses_ddbcAbCdEf', 'ses_ddbcaBcDeF']],
    ['ids that differ by characters no name has', ['a/b', 'a b', 'a-b', 'a:b']],
    ['ids that no name has a letter of', ['сессия', 'сессии', '会话']],
    ['ids longer than a name', [`${'a'.repeat(70)}1`, `${'a'.repeat(70)}2`]],
  ])('%s', (_, ids) => {
    for (const names of [ids.map((id) => workOf(id, null)), ids.map((id) => workOf('S1', id))]) {
      expect(folded(names).size).toBe(ids.length);
      expect(names.filter((name) => !isProjectName(name))).toEqual([]);
    }
  });

  it('agents with the same name in two sessions', () => {
    for (const id of ['a1', 'researcher', 'agent@team', 'A'.repeat(80)])
      expect(workOf('S1', id)).not.toBe(workOf('S2', id));
  });

  it('any two ids, whatever their letters', () => {
    const id = fc.string({ minLength: 1, maxLength: 80, unit: 'binary' });
    fc.assert(
      fc.property(id, id, (a, b) => {
        fc.pre(a !== b);
        expect(folded([workOf(a, null), workOf(b, null), workOf('S', a), workOf('S', b)]).size).toBe(4);
        for (const name of [workOf(a, null), workOf('S', a), formerWorkOf(a, null)])
          expect(isProjectName(name)).toBe(true);
      }),
    );
  });

  it('a session and an agent of the same id', () => {
    expect(workOf(UUID, null)).not.toBe(workOf('S', UUID));
  });
});

it('names show the id of a session by its first letters, and a unique id of an agent as it is', () => {
  expect(workOf(UUID, null)).toMatch(/^session-019a7b3c-[0-9a-z]{8}$/);
  expect(workOf('S1', UUID)).toBe(`agent-${UUID}`);
  expect(workOf('S1', 'a0123456789abcdef')).toBe('agent-a0123456789abcdef');
  expect(workOf('S1', 'a1')).toMatch(/^agent-a1-[0-9a-z]{8}$/);
  expect(formerWorkOf(UUID, null)).toBe('session-019a7b3c');
  expect(formerWorkOf('S1', 'a1')).toBe('agent-a1');
});

it('names stay the same, because budgets have them', () => {
  expect(workOf('1a2b3c4d-0000-4000-8000-000000000000', null)).toBe('session-1a2b3c4d-ci9xhi1z');
  expect(workOf('S1', 'a1')).toBe('agent-a1-359ye3dq');
});

describe('a budget with a name of an earlier version', () => {
  const owner = (session: string, agentId: string | null = null): Owner => ({ session, agentId, cwd: '/w/app' });
  const first = owner('019a7b3c-1f2e');
  const second = owner('019a7b3c-8d47');
  const payer = (of: Owner, owners: readonly Owner[], known: readonly string[]) =>
    new Payers(
      owners,
      (one) => agentOf(one, null, new Map()),
      (agent) => known.includes(agent),
    ).payerOf(of, 1);
  const FORMER = 'app/session-019a7b3c';

  it('goes on to pay for its session, and for agents of that session', () => {
    expect(payer(first, [first], [FORMER])).toEqual({ agent: FORMER, isNested: false });
    const agent = owner(first.session, 'a1');
    expect(payer(agent, [first, agent], [FORMER])).toEqual({ agent: FORMER, isNested: true });
    expect(payer(agent, [first, agent], ['app/agent-a1'])).toEqual({ agent: 'app/agent-a1', isNested: false });
  });

  it('pays for the first of the sessions alone that had this name, in whatever order they are seen', () => {
    const own = `app/${workOf(second.session, null)}`;
    for (const owners of [
      [first, second],
      [second, first],
    ]) {
      expect(payer(first, owners, [FORMER]).agent).toBe(FORMER);
      expect(payer(second, owners, [FORMER]).agent).toBe(own);
    }
  });

  it('gives way to a budget with the present name', () => {
    const own = `app/${workOf(first.session, null)}`;
    expect(payer(first, [first], [FORMER, own]).agent).toBe(own);
  });

  it('pays for a session that is seen later', () => {
    const payers = new Payers(
      [second],
      (one) => agentOf(one, null, new Map()),
      (agent) => agent === FORMER,
    );
    expect(payers.payerOf(second, 1).agent).toBe(FORMER);
    payers.add(first);
    expect([payers.payerOf(first, 1).agent, payers.payerOf(second, 1).agent]).toEqual([
      FORMER,
      `app/${workOf(second.session, null)}`,
    ]);
  });
});

describe('the project of a work tree', () => {
  const linked: Repository = { folder: '/e/wt/packages/api', workTree: '/e/wt', main: '/src/consilio' };
  it.each<[string, Repository | null, readonly (readonly [string, string])[], string]>([
    ['is named by the main work tree', linked, [], 'consilio'],
    ['is the configured one of the folder', linked, [['/e/wt', 'mine']], 'mine'],
    ['is the configured one of the main work tree', linked, [['/src/consilio', 'cons']], 'cons'],
    [
      'is the configured one of the same folder there',
      linked,
      [
        ['/src/consilio/packages/api', 'api'],
        ['/src', 'all'],
      ],
      'api',
    ],
    ['is that of another folder there', linked, [['/src/consilio/packages/app', 'app']], 'consilio'],
    [
      'is the configured one of the folder without links',
      { ...linked, folder: '/real/x', workTree: '/real', main: '/real' },
      [['/real', 'r']],
      'r',
    ],
  ])('%s', (_, repository, folders, want) => {
    expect(projectOf('/e/wt/packages/api', repository, new Map(folders))).toBe(want);
  });
});

it('folders whose names have letters that a project name may not have are different projects', () => {
  const names = ['проект', 'проекты', '项目', 'café', 'cafè', 'a'.repeat(70), `${'a'.repeat(70)}b`, '...', '   '];
  const projects = names.map((name) => projectOf(`/w/${name}`, null, new Map()));
  expect(folded(projects).size).toBe(names.length);
  expect(projects.filter((name) => !isProjectName(name))).toEqual([]);
  expect(projectOf('/w/café', null, new Map())).toBe(projectOf('/w/café'.normalize('NFD'), null, new Map()));
  expect(projectOf('/w/my app', null, new Map())).toBe('my-app');
});

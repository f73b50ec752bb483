/** A user's vouchers follow its own commands, and name no processes but those it has asked slots for. */
import { describe, expect, it } from 'vitest';
import { requestOf } from '../../../src/core/commands/request.ts';
import type { LeaseId } from '../../../src/core/model/ids.ts';
import type { Lease, Run } from '../../../src/core/model/lease.ts';
import type { State } from '../../../src/core/model/state.ts';
import { type Command, transition } from '../../../src/core/transition.ts';
import { type Applied, voucherChanges } from '../../../src/core/trust/statements.ts';
import { FULL_TRUST, trustOf } from '../../../src/core/trust/trust.ts';
import { keyOfNamed, keyOfVoucher, type Voucher, voucherIn, voucherText } from '../../../src/core/trust/voucher.ts';
import { aLease, anEnvironment, aState, NOW, process_ } from '../../helpers/state.ts';

const RUN: Run = {
  ...{ containment: 'ledger', folder: '/cg/m', mark: 'abcdefg-odin-1.2.3', numbers: [1], root: null },
  ...{ memoryBytes: null, isRetriable: false },
};
const askRun = requestOf({ project: 'odin', holder: process_(5), parent: null, run: RUN });
const facts = { id: 's1', project: 'odin', agent: null, process: process_(7), transcript: null };
const ENDING = { since: NOW, why: 'x', by: 'person' as const };

/** A user's vouchers beside a state, which other users may change in between. */
class User {
  state: State;
  readonly vouchers = new Map<string, Voucher>();

  constructor(state = aState(9)) {
    this.state = state;
  }

  do(...commands: readonly Command[]): this {
    const applied: Applied[] = [];
    for (const command of commands) {
      const before = this.state;
      const { state, outcome } = transition(before, command, anEnvironment());
      applied.push({ before, command, after: state, outcome });
      this.state = state;
    }
    const { written, over } = voucherChanges(applied, (key) => this.vouchers.get(key) ?? null);
    for (const voucher of written) this.vouchers.set(keyOfVoucher(voucher) ?? '', voucher);
    for (const key of over) this.vouchers.delete(key);
    return this;
  }

  change(part: Partial<Lease>): this {
    this.state = { ...this.state, leases: this.state.leases.map((lease) => ({ ...lease, ...part })) };
    return this;
  }

  get trust() {
    return trustOf(this.vouchers, () => new Map([[12003, this.vouchers]]));
  }

  get lease(): Lease {
    return this.state.leases[0] as Lease;
  }

  get isOwn(): boolean {
    return this.trust.isOwn(this.lease);
  }
}

const started = (user: User): User =>
  user.do(askRun).do({
    ...{ kind: 'start-run', lease: user.lease.id, mark: RUN.mark, root: process_(6), containment: 'scope' },
    folder: '/scope/m',
  });

describe('a voucher', () => {
  it('is written for each request that is granted or queued, and removed with it', () => {
    const user = new User().do(askRun);
    expect([user.isOwn, user.vouchers.size]).toEqual([true, 1]);
    user.do({ kind: 'end-run', lease: user.lease.id, peakMemoryBytes: null });
    expect(user.vouchers.size).toBe(0);
    const queued = requestOf({ project: 'hera', slots: 99, mode: 'queue', holder: process_(5), parent: null });
    expect(new User(aState(100, [aLease('L1', 'a', 100)])).do(queued).vouchers.size).toBe(1);
    expect(new User(aState(1)).do({ ...queued, mode: 'now' }).vouchers.size).toBe(0);
  });

  it('of a run holds from its request to its end, also while its start is not recorded', () => {
    const user = started(new User());
    expect(user.isOwn).toBe(true);
    expect(user.change({ run: { ...(user.lease.run as Run), folder: '/cg/m', root: null } }).isOwn).toBe(true);
  });

  it.each<[string, (lease: Lease) => Partial<Lease>]>([
    ['project', () => ({ project: 'hera' })],
    ['holder', () => ({ holder: process_(8) })],
    ['holder with another start', () => ({ holder: { ...process_(5), started: 1 } })],
    ['mark', ({ run }) => ({ run: { ...(run as Run), mark: 'abcdefg-odin-9.9.9' } })],
    ['mark that is no name', ({ run }) => ({ run: { ...(run as Run), mark: '../../x' } })],
    ['folder', ({ run }) => ({ run: { ...(run as Run), folder: '/tmp' } })],
    ['command', ({ run }) => ({ run: { ...(run as Run), root: process_(8) } })],
    ['kind', () => ({ run: null })],
    [
      'kind: a session',
      () => ({ spawn: { session: 's', toolCall: null, agentId: null, isNested: false, heardAt: NOW } }),
    ],
  ])('does not cover a lease with another %s', (_what, changed) => {
    const user = started(new User());
    expect(user.change(changed(user.lease)).isOwn).toBe(false);
    expect(user.trust.userOf(user.lease)).toBeNull();
  });

  it('covers no lease that another user has written, and none is needed for one without processes', () => {
    const user = new User(aState(9, [aLease('L1', 'odin', 1)]));
    expect(user.isOwn).toBe(false);
    expect(user.change({ holder: null }).isOwn).toBe(true);
    expect(started(user).trust.userOf(user.state.leases[1] as Lease)).toBe(12003);
  });

  it('of a session keeps the project of its first event, and goes with the session', () => {
    const spawn = { kind: 'spawn-agent', facts, toolCall: 't', by: null, parent: null, waiter: process_(9) } as const;
    const user = new User().do({ kind: 'session', do: 'started', facts, isAfterClear: false }).do(spawn);
    expect(user.isOwn).toBe(true);
    user.state = { ...user.state, sessions: user.state.sessions.map((one) => ({ ...one, project: 'hera' })) };
    user.do({ ...spawn, facts: { ...facts, project: 'hera' }, toolCall: 'u' });
    expect(user.state.leases.map((lease) => user.trust.isOwn(lease))).toEqual([true, false]);
    user.do({ kind: 'session', do: 'ended', session: 's1', process: null });
    expect(user.vouchers.size).toBe(0);
  });

  it('has the same text when it is read again, and is none in any other text', () => {
    for (const voucher of started(new User()).vouchers.values())
      expect(voucherIn(voucherText(voucher))).toEqual(voucher);
    for (const text of ['', '[]', '{"holder":{"pid":-1}}', 'null']) expect(voucherIn(text)).toBeNull();
    expect(voucherIn('{"project":"a","holder":{"pid":"1"},"run":{"mark":1}}')).toMatchObject({
      holder: null,
      run: null,
    });
  });

  it('has a file name, whatever the state says', () => {
    for (const mark of ['../x', 'a/b', '', 'a\0b', 'x'.repeat(300)])
      expect(keyOfNamed(aLease('L1', 'odin', 1, { run: { ...RUN, mark } }))).toBeNull();
  });
});

describe('the state in view of a user', () => {
  const end = { kind: 'end-project', project: 'odin', why: 'x', spared: [] } as const;
  const ending = (user: User) => user.trust.view(user.state).leases[0]?.ending ?? null;

  it('has the endings that its own commands asked for, and no others', () => {
    const user = started(new User());
    user.change({ ending: ENDING }).do({ kind: 'settle' });
    expect([ending(user), FULL_TRUST.view(user.state).leases[0]?.ending]).toEqual([null, ENDING]);
    expect(ending(user.do(end))).toEqual(ENDING);
    user.do({ kind: 'ended', leases: [user.lease.id] });
    expect(user.vouchers.size).toBe(0);
  });

  it('has no ending of a lease that the user does not vouch for', () => {
    const user = new User(aState(9, [aLease('L1', 'odin', 1)])).do(end);
    expect([user.lease.ending === null, ending(user)]).toEqual([false, null]);
  });

  it('has no ending that a command of its user asked for under a project that another user gave the lease', () => {
    const user = started(new User()).change({ project: 'hera' });
    user.do({ ...end, project: 'hera' }).change({ project: 'odin' });
    expect([user.lease.ending === null, ending(user)]).toEqual([false, null]);
  });

  it('has no ending any more once the agent of a session goes on', () => {
    const user = new User().do({
      ...{ kind: 'spawn-agent', facts, toolCall: 't', by: null, parent: null, waiter: process_(9) },
    });
    user.do(end);
    expect(ending(user)).not.toBeNull();
    user.do({ kind: 'ended', leases: [user.lease.id] });
    expect(ending(user.change({ ending: ENDING }))).toBeNull();
  });

  it('has the pauses that its own monitor has made', () => {
    const user = started(new User());
    const pausedAt = () => user.trust.view(user.state).leases[0]?.pausedAt;
    expect(user.change({ pausedAt: NOW }) && pausedAt()).toBeNull();
    user.change({ pausedAt: null }).do({ kind: 'pause', lease: 'L1' as LeaseId, paused: true });
    expect(pausedAt()).toBe(user.lease.pausedAt);
    user.do({ kind: 'pause', lease: 'L1' as LeaseId, paused: false });
    expect(user.change({ pausedAt: NOW }) && pausedAt()).toBeNull();
  });
});

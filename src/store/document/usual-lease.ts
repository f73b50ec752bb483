/** Reads the line of a usual lease by one regular expression. */
import { isProjectName, type LeaseId } from '../../core/model/ids.ts';
import type { Instant } from '../../core/model/instants.ts';
import type { Agent, Lease } from '../../core/model/lease.ts';
import type { ProcessRef } from '../../core/model/process-ref.ts';
import { parseOwnJson } from './own-json.ts';
import { PROCESS } from './process-record.ts';

const TIME = '(?:null|"(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z)")';
/** Line of a usual lease: not nested, delivered, without named agents or unknown keys. */
const USUAL_LEASE = new RegExp(
  `^  - \\{"id":"(L[1-9]\\d{0,14})","project":"([A-Za-z0-9_][A-Za-z0-9._-]{0,63})","slots":([1-9]\\d{0,4}),` +
    `"holder":(null|\\{[^{}]*\\}),"acquired_at":${TIME},"expires_at":${TIME},"agents":\\[\\]\\}$`,
);
const NO_AGENTS: readonly Agent[] = Object.freeze([]);
const NO_EXTRA = Object.freeze({});

/**
 * Makes a reader of usual lines; it returns null for other lines. Most of thousands of leases have such a line, and
 * parsing JSON would make objects only to check them. A holder of many leases is read once.
 */
export function usualLeaseReader(): (line: string) => Lease | null {
  const holders = new Map<string, ProcessRef | null>([['null', null]]);
  const holderIn = (text: string): ProcessRef | null | undefined => {
    const known = holders.get(text);
    if (known !== undefined) return known;
    const value = parseOwnJson(text);
    if (value === undefined) return undefined;
    const holder = PROCESS.read(value);
    holders.set(text, holder);
    return holder;
  };
  return (line) => {
    const match = USUAL_LEASE.exec(line);
    if (match === null) return null;
    const [, id, name = '', slots, holderText = '', acquired, expires] = match;
    const holder = holderIn(holderText);
    const acquiredAt = acquired === undefined ? null : (Date.parse(acquired) as Instant);
    const expiresAt = expires === undefined ? null : (Date.parse(expires) as Instant);
    const isUsual = holder !== undefined && !Number.isNaN(acquiredAt) && !Number.isNaN(expiresAt);
    if (!isUsual || !isProjectName(name)) return null;
    return {
      id: id as LeaseId,
      project: name,
      slots: Number(slots),
      within: 0,
      parent: null,
      holder,
      acquiredAt,
      expiresAt,
      agents: NO_AGENTS,
      ticket: null,
      waiter: null,
      run: null,
      spawn: null,
      ending: null,
      pausedAt: null,
      extra: NO_EXTRA,
    };
  };
}

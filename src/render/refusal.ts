/** A refused command as an error that a user sees. */

import type { Lease } from '../core/model/lease.ts';
import { leaseSize } from '../core/model/lease.ts';
import { nearest } from '../core/nearest.ts';
import type { Refusal } from '../core/refusal.ts';
import { EXIT, ExpectedError } from '../errors.ts';
import { slotsWord } from './duration.ts';

const leaseText = (lease: Lease): string => {
  const holder =
    lease.holder === null
      ? 'detached'
      : `process ${lease.holder.pid}${lease.holder.command === null ? '' : ` ${lease.holder.command}`}`;
  return `${lease.id} (${slotsWord(leaseSize(lease))}, ${holder})`;
};

const leasesText = (leases: readonly Lease[]): string => leases.map(leaseText).join(', ');

/** Words for a project that nobody has heard of, with the nearest one that is known. */
export function noSuchProject(project: string, known: readonly string[]): ExpectedError {
  const meant = nearest(project, known);
  const names =
    known.length === 0 ? 'no project has asked for slots yet' : `known projects: ${known.slice(0, 12).join(', ')}`;
  return new ExpectedError('no-such-project', `no project called ${project}`, {
    hint: meant === null ? names : `did you mean ${meant}?`,
    exit: EXIT.noSuchThing,
  });
}

export function refusalError(refusal: Refusal): ExpectedError {
  switch (refusal.code) {
    case 'no-such-project':
      return noSuchProject(refusal.project, refusal.known);
    case 'no-such-lease':
      return new ExpectedError(refusal.code, `${refusal.project} has no lease ${refusal.lease}`, {
        hint:
          refusal.leases.length === 0
            ? `${refusal.project} holds no slots`
            : `its leases: ${leasesText(refusal.leases)}`,
        exit: EXIT.noSuchThing,
      });
    case 'nothing-held':
      return new ExpectedError(
        refusal.code,
        refusal.leases.length === 0
          ? `${refusal.project} holds no slots`
          : `the calling process holds no slots of ${refusal.project}`,
        {
          hint:
            refusal.leases.length === 0
              ? 'nothing to release; see resource-status'
              : `its leases: ${leasesText(refusal.leases)}; release one with --lease ID, a number of slots, or --all`,
          exit: EXIT.noSuchThing,
        },
      );
    case 'more-than-held': {
      const what = refusal.lease === null ? refusal.project : `lease ${refusal.lease} of ${refusal.project}`;
      return new ExpectedError(
        refusal.code,
        `${what} holds ${slotsWord(refusal.held)}, cannot release ${refusal.asked}`,
        {
          hint:
            refusal.held === 0
              ? 'nothing to release; see resource-status'
              : `release ${refusal.held} or fewer, or --all`,
          exit: EXIT.usage,
        },
      );
    }
    case 'in-use-inside':
      return new ExpectedError(
        refusal.code,
        `cannot release ${slotsWord(refusal.asked)} of lease ${refusal.lease}: leases inside it use them`,
        {
          hint: `release those first, or all of ${refusal.lease}; what runs inside it then counts by itself`,
          exit: EXIT.usage,
        },
      );
    case 'monitor-running': {
      const { pid, command } = refusal.monitor;
      return new ExpectedError(
        refusal.code,
        `a monitor is running already: process ${pid}${command === null ? '' : ` (${command})`}`,
        { hint: 'one is enough for the machine; end that one first to start another', exit: EXIT.notNow },
      );
    }
    case 'no-such-ticket':
      return new ExpectedError(refusal.code, `nothing in the queue under ${refusal.ticket}`, {
        hint:
          refusal.tickets.length === 0
            ? 'the queue is empty'
            : `queued tickets: ${refusal.tickets.slice(0, 12).join(', ')}`,
        exit: EXIT.noSuchThing,
      });
  }
}

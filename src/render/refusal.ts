/** Refused commands as errors with hint and exit code. */

import type { Lease } from '../core/model/lease.ts';
import { leaseSize } from '../core/model/lease.ts';
import { nearest } from '../core/nearest.ts';
import type { Refusal } from '../core/refusal.ts';
import { EXIT, ExpectedError } from '../errors.ts';
import { amountOption, amountText, DIMENSION_WORDS } from './text/amounts.ts';
import { slotsWord } from './text/counts.ts';

const leaseText = (lease: Lease): string => {
  const holder =
    lease.holder === null
      ? 'detached'
      : `process ${lease.holder.pid}${lease.holder.command === null ? '' : ` ${lease.holder.command}`}`;
  return `${lease.id} (${slotsWord(leaseSize(lease))}, ${holder})`;
};

const freedText = (slots: number): string =>
  slots === 0 ? 'nothing to release' : `its ${slotsWord(slots)} came free when the holder ended or the time was up`;

const leasesText = (leases: readonly Lease[]): string => leases.map(leaseText).join(', ');

/** The error for an unknown name of one of these kinds; the hint names the nearest known one. */
export function noSuchName(kind: string, kinds: string, name: string, known: readonly string[]): ExpectedError {
  const meant = nearest(name, known);
  const names =
    known.length === 0 ? 'no project has asked for slots yet' : `known ${kinds}: ${known.slice(0, 12).join(', ')}`;
  return new ExpectedError('no-such-project', `no ${kind} called ${name}`, {
    hint: meant === null ? names : `did you mean ${meant}?`,
    exit: EXIT.noSuchThing,
  });
}

export const noSuchProject = (project: string, known: readonly string[]): ExpectedError =>
  noSuchName('project', 'projects', project, known);

/** The refusal as an error with its exit code and a hint. */
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
              ? `${freedText(refusal.freed)}; who holds slots: resource-status`
              : `its leases: ${leasesText(refusal.leases)}; release one: release-slots ${refusal.project} --lease ${refusal.leases[0]?.id}`,
          exit: EXIT.noSuchThing,
        },
      );
    case 'more-than-held': {
      const what = refusal.lease === null ? refusal.project : `lease ${refusal.lease} of ${refusal.project}`;
      const ofLease = refusal.lease === null ? '' : ` --lease ${refusal.lease}`;
      return new ExpectedError(
        refusal.code,
        `${what} holds ${slotsWord(refusal.held)}, cannot release ${refusal.asked}`,
        {
          hint:
            refusal.held === 0
              ? 'nothing to release; who holds slots: resource-status'
              : `release ${refusal.held} or fewer: release-slots ${refusal.project} ${refusal.held}${ofLease}`,
          exit: EXIT.usage,
        },
      );
    }
    case 'in-use-inside':
      return new ExpectedError(
        refusal.code,
        `cannot release ${slotsWord(refusal.asked)} of lease ${refusal.lease}: leases inside it use them`,
        {
          hint: `release those first, or all of ${refusal.lease}; leases inside it then count on their own`,
          exit: EXIT.usage,
        },
      );
    case 'monitor-running': {
      const { pid, command } = refusal.monitor;
      return new ExpectedError(
        refusal.code,
        `a monitor is running already: process ${pid}${command === null ? '' : ` (${command})`}`,
        { hint: 'the machine needs only one; stop it first to start another', exit: EXIT.notNow },
      );
    }
    case 'no-such-ticket':
      return new ExpectedError(refusal.code, `no queued request has ticket ${refusal.ticket}`, {
        hint:
          refusal.tickets.length === 0
            ? 'the queue is empty'
            : `queued tickets: ${refusal.tickets.slice(0, 12).join(', ')}`,
        exit: EXIT.noSuchThing,
      });
    case 'no-such-agent': {
      const meant = nearest(refusal.agent, refusal.known);
      return new ExpectedError(refusal.code, `no agent called ${refusal.agent}`, {
        hint:
          meant !== null
            ? `did you mean ${meant}?`
            : refusal.known.length === 0
              ? `allocate a budget first: resource-manager budget allocate ${refusal.agent} --tokens 50k`
              : `agents: ${refusal.known.slice(0, 12).join(', ')}`,
        exit: EXIT.noSuchThing,
      });
    }
    case 'no-such-workflow':
      return new ExpectedError(refusal.code, `no workflow called ${refusal.workflow}`, {
        hint: refusal.known.length === 0 ? 'there are no budgets yet' : `workflows: ${refusal.known.join(', ')}`,
        exit: EXIT.noSuchThing,
      });
    case 'other-workflow':
      return new ExpectedError(refusal.code, `${refusal.agent} belongs to workflow ${refusal.workflow}`, {
        hint: `release it first: resource-manager budget release ${refusal.agent}`,
        exit: EXIT.usage,
      });
    case 'pool-short':
      return new ExpectedError(
        refusal.code,
        `cannot give ${amountText(refusal.dimension, refusal.wanted)} more to ${refusal.agent}: the pool of ${refusal.workflow} has ${amountText(refusal.dimension, refusal.left)}`,
        {
          hint: `ask for less, or see what others could return: resource-manager budget status --workflow ${refusal.workflow}`,
          exit: EXIT.notNow,
        },
      );
    case 'more-than-total':
      return new ExpectedError(
        refusal.code,
        `cannot give ${amountText(refusal.dimension, refusal.wanted)} to ${refusal.agent}: more than workflow ${refusal.workflow} can allocate in total`,
        {
          hint: `ask for less, or raise the total; it is shown by: resource-manager budget status --workflow ${refusal.workflow}`,
          exit: EXIT.neverGranted,
        },
      );
    case 'total-too-small':
      return new ExpectedError(
        refusal.code,
        `cannot make ${amountText(refusal.dimension, refusal.most)} the total of ${refusal.workflow}: ${amountText(refusal.dimension, refusal.given)} are allocated and ${amountText(refusal.dimension, refusal.reserve)} would be reserved`,
        {
          hint: `choose a larger total, or release or return budgets first; they are shown by: resource-manager budget status --workflow ${refusal.workflow}`,
          exit: EXIT.neverGranted,
        },
      );
    case 'less-than-used':
      return new ExpectedError(
        refusal.code,
        `cannot cut ${refusal.agent} to ${amountText(refusal.dimension, refusal.asked)}: it has used or set aside ${amountText(refusal.dimension, refusal.used)}`,
        {
          hint: `allocate at least that: resource-manager budget allocate ${refusal.agent} ${amountOption(refusal.dimension, refusal.used)}`,
          exit: EXIT.usage,
        },
      );
    case 'more-than-left':
      return new ExpectedError(
        refusal.code,
        `${refusal.agent} has ${amountText(refusal.dimension, refusal.left)} left, cannot return ${amountText(refusal.dimension, refusal.asked)}`,
        {
          hint: `return that or less, or everything that is left: resource-manager budget return ${refusal.agent}`,
          exit: EXIT.usage,
        },
      );
    case 'has-no-limit':
      return new ExpectedError(
        refusal.code,
        `${refusal.agent} has no ${DIMENSION_WORDS[refusal.dimension]} limit to raise`,
        {
          hint: `it draws on the pool without a limit; its budget: resource-manager budget status ${refusal.agent}`,
          exit: EXIT.usage,
        },
      );
    case 'share-limit':
      return new ExpectedError(
        refusal.code,
        `${refusal.agent} would hold more than ${amountText(refusal.dimension, refusal.most)}, the limit for an agent that borrows`,
        {
          hint: 'borrow less, or let agents hold more: resource-manager config set budget.max_share_percent 100',
          exit: EXIT.neverGranted,
        },
      );
  }
}

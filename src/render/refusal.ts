/** Refused commands as errors with hint and exit code. */

import { type Lease, leaseSize } from '../core/model/lease.ts';
import { NOWHERE, type Place } from '../core/model/process-ref.ts';
import { nearest } from '../core/nearest.ts';
import type { Refusal } from '../core/refusal.ts';
import { EXIT, type ExitCode, ExpectedError } from '../errors.ts';
import { amountOption, amountText, DIMENSION_WORDS } from './text/amounts.ts';
import { slotsWord } from './text/counts.ts';
import { placeText } from './text/holder.ts';

const leaseText = (lease: Lease, here: Place): string => {
  const holder =
    lease.holder === null
      ? 'detached'
      : `process ${lease.holder.pid}${lease.holder.command === null ? '' : ` ${lease.holder.command}`}${placeText(lease.holder, here)}`;
  return `${lease.id} (${slotsWord(leaseSize(lease))}, ${holder})`;
};

const freedText = (slots: number): string =>
  slots === 0 ? 'nothing to release' : `its ${slotsWord(slots)} came free when the holder ended or the time was up`;

const leasesText = (leases: readonly Lease[], here: Place): string =>
  leases.map((lease) => leaseText(lease, here)).join(', ');

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

/** The refusal as an error with its exit code and a hint; `here` tells which of its processes can be seen. */
export function refusalError(refusal: Refusal, here: Place = NOWHERE): ExpectedError {
  const refused = (message: string, hint: string, exit: ExitCode) =>
    new ExpectedError(refusal.code, message, { hint, exit });
  switch (refusal.code) {
    case 'no-such-project':
      return noSuchProject(refusal.project, refusal.known);
    case 'no-such-lease':
      return refused(
        `${refusal.project} has no lease ${refusal.lease}`,
        refusal.leases.length === 0
          ? `${refusal.project} holds no slots`
          : `its leases: ${leasesText(refusal.leases, here)}`,
        EXIT.noSuchThing,
      );
    case 'nothing-held':
      return refused(
        refusal.leases.length === 0
          ? `${refusal.project} holds no slots`
          : `the calling process holds no slots of ${refusal.project}`,
        refusal.leases.length === 0
          ? `${freedText(refusal.freed)}; who holds slots: resource-status`
          : `its leases: ${leasesText(refusal.leases, here)}; release one: release-slots ${refusal.project} --lease ${refusal.leases[0]?.id}`,
        EXIT.noSuchThing,
      );
    case 'more-than-held': {
      const what = refusal.lease === null ? refusal.project : `lease ${refusal.lease} of ${refusal.project}`;
      const ofLease = refusal.lease === null ? '' : ` --lease ${refusal.lease}`;
      return refused(
        `${what} holds ${slotsWord(refusal.held)}, cannot release ${refusal.asked}`,
        refusal.held === 0
          ? 'nothing to release; who holds slots: resource-status'
          : `release ${refusal.held} or fewer: release-slots ${refusal.project} ${refusal.held}${ofLease}`,
        EXIT.usage,
      );
    }
    case 'in-use-inside':
      return refused(
        `cannot release ${slotsWord(refusal.asked)} of lease ${refusal.lease}: leases inside it use them`,
        `release those first, or all of ${refusal.lease}; leases inside it then count on their own`,
        EXIT.usage,
      );
    case 'monitor-running': {
      const { pid, command } = refusal.monitor;
      return refused(
        `a monitor is running already: process ${pid}${command === null ? '' : ` (${command})`}${placeText(refusal.monitor, here)}`,
        placeText(refusal.monitor, here) === ''
          ? 'the machine needs only one; stop it first to start another'
          : 'the machine needs only one; if that container is gone, its place is soon free: 15 seconds after its last sign of life',
        EXIT.notNow,
      );
    }
    case 'no-such-ticket':
      return refused(
        `no queued request has ticket ${refusal.ticket}`,
        refusal.tickets.length === 0
          ? 'the queue is empty'
          : `queued tickets: ${refusal.tickets.slice(0, 12).join(', ')}`,
        EXIT.noSuchThing,
      );
    case 'no-such-agent': {
      const meant = nearest(refusal.agent, refusal.known);
      return refused(
        `no agent called ${refusal.agent}`,
        meant !== null
          ? `did you mean ${meant}?`
          : refusal.known.length === 0
            ? `allocate a budget first: resource-manager budget allocate ${refusal.agent} --tokens 50k`
            : `agents: ${refusal.known.slice(0, 12).join(', ')}`,
        EXIT.noSuchThing,
      );
    }
    case 'no-such-workflow':
      return refused(
        `no workflow called ${refusal.workflow}`,
        refusal.known.length === 0 ? 'there are no budgets yet' : `workflows: ${refusal.known.join(', ')}`,
        EXIT.noSuchThing,
      );
    case 'other-workflow':
      return refused(
        `${refusal.agent} belongs to workflow ${refusal.workflow}`,
        `release it first: resource-manager budget release ${refusal.agent}`,
        EXIT.usage,
      );
    case 'pool-short':
      return refused(
        `cannot give ${amountText(refusal.dimension, refusal.wanted)} more to ${refusal.agent}: the pool of ${refusal.workflow} has ${amountText(refusal.dimension, refusal.left)}`,
        `ask for less, or see what others could return: resource-manager budget status --workflow ${refusal.workflow}`,
        EXIT.notNow,
      );
    case 'more-than-total':
      return refused(
        `cannot give ${amountText(refusal.dimension, refusal.wanted)} to ${refusal.agent}: more than workflow ${refusal.workflow} can allocate in total`,
        `ask for less, or raise the total; it is shown by: resource-manager budget status --workflow ${refusal.workflow}`,
        EXIT.neverGranted,
      );
    case 'total-too-small':
      return refused(
        `cannot make ${amountText(refusal.dimension, refusal.most)} the total of ${refusal.workflow}: ${amountText(refusal.dimension, refusal.given)} are allocated and ${amountText(refusal.dimension, refusal.reserve)} would be reserved`,
        `choose a larger total, or release or return budgets first; they are shown by: resource-manager budget status --workflow ${refusal.workflow}`,
        EXIT.neverGranted,
      );
    case 'less-than-used':
      return refused(
        `cannot cut ${refusal.agent} to ${amountText(refusal.dimension, refusal.asked)}: it has used or set aside ${amountText(refusal.dimension, refusal.used)}`,
        `allocate at least that: resource-manager budget allocate ${refusal.agent} ${amountOption(refusal.dimension, refusal.used)}`,
        EXIT.usage,
      );
    case 'more-than-left':
      return refused(
        `${refusal.agent} has ${amountText(refusal.dimension, refusal.left)} left, cannot return ${amountText(refusal.dimension, refusal.asked)}`,
        `return that or less, or everything that is left: resource-manager budget return ${refusal.agent}`,
        EXIT.usage,
      );
    case 'has-no-limit':
      return refused(
        `${refusal.agent} has no ${DIMENSION_WORDS[refusal.dimension]} limit to raise`,
        `it draws on the pool without a limit; its budget: resource-manager budget status ${refusal.agent}`,
        EXIT.usage,
      );
    case 'share-limit':
      return refused(
        `${refusal.agent} would hold more than ${amountText(refusal.dimension, refusal.most)}, the limit for an agent that borrows`,
        'borrow less, or let agents hold more: resource-manager config set budget.max_share_percent 100',
        EXIT.neverGranted,
      );
  }
}

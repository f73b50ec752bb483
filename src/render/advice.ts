/** Recommendations of a report as sentences. */
import type { Advice } from '../core/report/report.ts';
import { causeText } from './cause.ts';
import { amountText } from './text/amounts.ts';
import { plural } from './text/counts.ts';
import { exactDuration } from './text/duration.ts';

/** Used share from which the pool counts as too small for a wait without a known cause. */
const FULL = 0.9;

function waitedText({ project, waitedSeconds, used, causes }: Extract<Advice, { code: 'waited' }>): string {
  const parts = causes.map(
    ({ reason, seconds }, at) => `, ${exactDuration(seconds)}${at === 0 ? ' of it' : ''} because ${causeText(reason)}`,
  );
  const share = used === null ? '' : ` with ${Math.round(used * 100)}% of the slots in use`;
  const first = causes[0]?.reason;
  const wantsSlots = first === undefined ? (used ?? 0) >= FULL : first === 'insufficient-slots';
  const more = wantsSlots ? ': more slots (set-max), if memory allows' : '';
  return `${project} waited ${exactDuration(waitedSeconds)}${share}${parts.join('')}${more}`;
}

/** One recommendation with the figures behind it. */
export function adviceText(advice: Advice): string {
  switch (advice.code) {
    case 'overrun':
      return `${advice.agent} used ${amountText(advice.dimension, advice.by)} more than its budget: give it more, or a smaller task`;
    case 'unused':
      return `${advice.agent} is idle with ${amountText(advice.dimension, advice.left)} left, less than a quarter used: budget return, or auto_rebalance`;
    case 'waited':
      return waitedText(advice);
    case 'died':
      return `${plural(advice.leases, 'lease')} of ${advice.project} were reclaimed because the holder was gone: release slots when the work is done`;
    case 'pool-idle':
      return `${advice.workflow} still has ${amountText(advice.dimension, advice.left)} in its pool while agents ran over: budget from-pool, or auto_rebalance`;
  }
}

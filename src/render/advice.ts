/** Recommendations of a report as sentences. */
import type { Advice } from '../core/report/report.ts';
import { amountText } from './text/amounts.ts';
import { plural } from './text/counts.ts';
import { durationWords } from './text/duration.ts';

/** One recommendation with the figures behind it. */
export function adviceText(advice: Advice): string {
  switch (advice.code) {
    case 'overrun':
      return `${advice.agent} used ${amountText(advice.dimension, advice.by)} more than its budget: give it more, or a smaller task`;
    case 'unused':
      return `${advice.agent} is idle with ${amountText(advice.dimension, advice.left)} left, less than a quarter used: budget return, or auto_rebalance`;
    case 'waits-while-free':
      return `${advice.project} waited up to ${durationWords(advice.waitedSeconds)} with ${Math.round(advice.used * 100)}% of the slots in use: strain of the machine, its own limit or the strategy may have delayed it`;
    case 'too-few-slots':
      return `requests waited up to ${durationWords(advice.waitedSeconds)} with ${Math.round(advice.used * 100)}% of the slots in use: more slots (set-max), if memory allows`;
    case 'died':
      return `${plural(advice.leases, 'lease')} of ${advice.project} were reclaimed because the holder was gone: release slots when the work is done`;
    case 'pool-idle':
      return `${advice.workflow} still has ${amountText(advice.dimension, advice.left)} in its pool while agents ran over: budget from-pool, or auto_rebalance`;
  }
}

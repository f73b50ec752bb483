/** Words for records of endings and pauses: kill, reap, orphans, abandoned, pause. */
import { type KeptRecord, numberIn, textIn } from '../../core/model/record.ts';
import { agentsWord, processesWord, slotsWord } from '../text/counts.ts';

type Part = Readonly<Record<string, unknown>>;

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null;
const listIn = (record: Part, key: string): readonly unknown[] => {
  const list = record[key];
  return Array.isArray(list) ? list : [];
};
const because = (reason: string | null): string => (reason === null ? '' : `: ${reason}`);
const stillThere = (record: Part): string => {
  const { length } = listIn(record, 'survivors');
  return length === 0 ? '' : `, ${processesWord(length)} still running`;
};

/** The chosen lease, with its project if the record has it. */
function chosenOf(record: KeptRecord): string {
  const lease = textIn(record, 'chosen');
  const candidate = listIn(record, 'candidates').find((one) => isPart(one) && one.lease === lease);
  return isPart(candidate) && typeof candidate.project === 'string' ? `${lease} of ${candidate.project}` : `${lease}`;
}

function reaped(record: KeptRecord): string {
  const why = because(textIn(record, 'reason'));
  const result = isPart(record.result) ? record.result : {};
  switch (textIn(record, 'action')) {
    case 'nothing-to-end':
      return `no agent could be ended to free memory${why}`;
    case 'would-end':
      return `${chosenOf(record)} would have been ended${why}`;
    case 'recovered':
      return `${chosenOf(record)} was spared: the machine had recovered`;
    case 'ended': {
      const time = typeof result.seconds === 'number' ? ` in ${result.seconds.toFixed(1)}s` : '';
      return `${chosenOf(record)} ended, ${processesWord(Number(result.terminated) || 0)}${time}${stillThere(result)}${why}`;
    }
    default:
      return `${chosenOf(record)} is being ended${why}`;
  }
}

function killed(record: KeptRecord): string {
  const places = listIn(record, 'cancelled');
  return (
    `${agentsWord(numberIn(record, 'agents_terminated') ?? 0)} terminated ` +
    `(${processesWord(listIn(record, 'terminated').length)}), ${slotsWord(numberIn(record, 'slots_released') ?? 0)} released` +
    `${places.length === 0 ? '' : `, ${places.join(', ')} removed from the queue`}${stillThere(record)}` +
    because(textIn(record, 'reason'))
  );
}

export const ENDING_WORDS = {
  kill: killed,
  reap: reaped,
  orphans: (record: KeptRecord) =>
    `${processesWord(listIn(record, 'terminated').length)} of ${textIn(record, 'name')} ended${stillThere(record)}` +
    because(textIn(record, 'why')),
  abandoned: (record: KeptRecord) =>
    `${processesWord(numberIn(record, 'terminated') ?? 0)} left over from ${textIn(record, 'lease')} ended`,
  pause: (record: KeptRecord) =>
    record.paused === true
      ? `${textIn(record, 'lease')} was paused`
      : `${textIn(record, 'lease')} resumed${because(textIn(record, 'why'))}`,
};

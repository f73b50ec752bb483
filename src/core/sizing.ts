/** Size of a new pool for a machine, from the table in the product's design document. */
import { LOAD_PER_CORE } from './settings/slots-file.ts';

export interface Sizing {
  readonly maxSlots: number;
  readonly maxPerProject: number;
}

/** Processors and memory of a machine, or of a container by its tightest limit. */
export interface MachineSize {
  /** Processors' worth of time; may be a fraction. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Most processes and threads; null without a limit. */
  readonly tasks: number | null;
}

interface Size {
  readonly name: string;
  readonly cores: readonly [number, number];
  readonly memoryGib: readonly [number, number];
  readonly slots: readonly [number, number];
  readonly perProject: readonly [number, number];
}

const SIZES: readonly Size[] = [
  { name: 'small', cores: [2, 4], memoryGib: [4, 8], slots: [5, 8], perProject: [2, 3] },
  { name: 'medium', cores: [4, 8], memoryGib: [8, 16], slots: [10, 15], perProject: [3, 5] },
  { name: 'large', cores: [8, 16], memoryGib: [16, 32], slots: [20, 30], perProject: [5, 10] },
  { name: 'xlarge', cores: [16, 32], memoryGib: [32, 64], slots: [40, 50], perProject: [10, 15] },
];

const position = (value: number, [from, to]: readonly [number, number]): number =>
  Math.min(1, Math.max(0, (value - from) / (to - from)));
const between = ([from, to]: readonly [number, number], part: number): number => Math.round(from + (to - from) * part);

/** Processes and threads of one agent at work: its program, and what it starts. */
const TASKS_PER_SLOT = 50;

/**
 * The scarcer of cores and memory selects the row; the position within the row's ranges selects the figure. A machine
 * below the table gets the smallest figures.
 */
export function sizeFor({ cores, memoryBytes, tasks }: MachineSize): Sizing {
  // The kernel reserves memory, so a 16 GiB machine reports 15.6 GiB.
  const gib = memoryBytes / 2 ** 30 + 0.5;
  const fits = (size: Size): boolean => cores >= size.cores[0] && gib >= size.memoryGib[0];
  const size = SIZES.findLast(fits) ?? (SIZES[0] as Size);
  const part = (position(cores, size.cores) + position(gib, size.memoryGib)) / 2;
  const most = tasks === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(tasks / TASKS_PER_SLOT));
  const maxSlots = Math.min(most, between(size.slots, part));
  return { maxSlots, maxPerProject: Math.min(maxSlots, between(size.perProject, part)) };
}

/** Limit for the load average of a new pool. */
export const loadLimit = ({ cores }: MachineSize): number => Math.round(cores * LOAD_PER_CORE * 10) / 10;

/** Counts with their noun: `1 slot`, `3 slots`. */

export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

export const slotsWord = (count: number): string => plural(count, 'slot');
export const agentsWord = (count: number): string => plural(count, 'agent');
export const processesWord = (count: number): string => (count === 1 ? '1 process' : `${count} processes`);

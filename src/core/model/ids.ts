/** Ids in the state. They are branded types, so a ticket cannot be passed for a lease. */

export type LeaseId = string & { readonly __brand: 'LeaseId' };
export type TicketId = string & { readonly __brand: 'TicketId' };
/** A project name folded for comparison: names are shown as typed and compared case-insensitively. */
export type ProjectKey = string & { readonly __brand: 'ProjectKey' };

export const projectKey = (name: string): ProjectKey => name.toLowerCase() as ProjectKey;

const PROJECT_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

/** True for 1 to 64 of `A-Z a-z 0-9 . _ -`, not starting with `-` or `.`. */
export const isProjectName = (text: string): boolean => PROJECT_NAME.test(text) && text !== '__proto__';

/** The number inside `L7` or `T9`, 0 when the id was written by hand in another form. */
export function idNumber(id: string): number {
  const number = Number(id.slice(1));
  return /^[LT]\d{1,15}$/.test(id) ? number : 0;
}

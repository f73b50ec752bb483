/** One call of a command: its words, and the outputs for its answer and its notes. */
import type { CoreEvent } from '../core/event.ts';
import type { Out } from '../ports/terminal.ts';
import { eventText } from '../render/event.ts';

/** A parsed command line. The value of a switch, and of an option without its optional value, is `''`. */
export interface ParsedArgs {
  readonly operands: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  /** The words after `--`, for a command with `rest`. */
  readonly rest: readonly string[];
}

interface Answer {
  readonly json: () => object;
  readonly text: () => string;
}

interface Beside {
  readonly repairs: readonly string[];
  readonly events?: readonly CoreEvent[];
}

export class Invocation implements ParsedArgs {
  readonly operands: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
  readonly out: Out;

  constructor({ operands, options, rest }: ParsedArgs, out: Out) {
    this.operands = operands;
    this.options = options;
    this.rest = rest;
    this.out = out;
  }

  has(option: string): boolean {
    return this.options.has(option);
  }

  /** The value of an option as `read` understands it; null where the option is not given. Throws what `read` throws. */
  option<T>(name: string, read: (text: string) => T): T | null {
    const text = this.options.get(name);
    return text === undefined ? null : read(text);
  }

  /** Prints the answer as one JSON document or as text; renders only the form that the options ask for. */
  answer({ json, text }: Answer): void {
    this.out.answer(this.has('json') ? JSON.stringify(json()) : text());
  }

  /** Goes to standard error, unless --quiet is given. */
  note(text: string): void {
    if (!this.has('quiet')) this.out.note(text);
  }

  /** Notes repairs of the state, and under --verbose all other events of the commit. */
  noteBeside({ repairs, events = [] }: Beside): void {
    for (const repair of repairs) this.note(`note: ${repair}; the leases count`);
    if (this.has('verbose')) for (const event of events) this.note(`note: ${eventText(event)}`);
  }
}

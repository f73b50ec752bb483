import type { Containment } from '../model/lease.ts';

/** Properties of the machine; null is unknown. */
export interface MachineFacts {
  readonly platform: string;
  /** Containment of a new run. */
  readonly containment: Containment;
  /** Whether the kernel can enforce `run --memory`. */
  readonly canLimitMemory: boolean;
  /** Whether it can be read how long work stalls for the memory that is judged. */
  readonly hasPressure: boolean;
  /** Null without a systemd for this user. */
  readonly lingers: boolean | null;
  /** Soft limits; null is unlimited or unknown. */
  readonly openFiles: number | null;
  /** Processes and threads that may exist, by the limit of the user and of every control group. */
  readonly tasks: number | null;
  readonly inotifyInstances: number | null;
  /** Daemons that end processes when memory runs out, with their command lines. */
  readonly oomKillers: readonly { readonly name: string; readonly commandLine: string }[];
  /** Swap that a limit of a container leaves; null is unknown. */
  readonly hasSwap: boolean | null;
  readonly hasClaude: boolean;
  /** Our hook in Claude Code's settings: absent, with a program that exists, or with the path of one that is gone. */
  readonly hook: 'none' | 'there' | { readonly gone: string };
  /** Whether the limit is set in the environment or in Claude Code's settings. */
  readonly hasToolMemoryLimit: boolean;
}

/** Differences between two measurements, in percentage points. */
export interface CrossCheck {
  readonly memoryPoints: number | null;
  readonly cpuPoints: number | null;
  /** Reason why the second measurement failed; null if it succeeded. */
  readonly failure: string | null;
}

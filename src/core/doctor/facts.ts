import type { Containment } from '../model/lease.ts';

/** What a look at the machine gave. Null is not known. */
export interface MachineFacts {
  readonly platform: string;
  /** What a run would be contained by. */
  readonly containment: Containment;
  /** The kernel can hold a run to its memory. */
  readonly canLimitMemory: boolean;
  /** Pressure stall information can be read. */
  readonly hasPressure: boolean;
  /** Null where no systemd answers for this user. */
  readonly lingers: boolean | null;
  /** Soft limits: null is unlimited or not known. */
  readonly openFiles: number | null;
  readonly userProcesses: number | null;
  readonly inotifyInstances: number | null;
  /** Daemons that end processes when memory runs out, with their command lines. */
  readonly oomKillers: readonly { readonly name: string; readonly commandLine: string }[];
  readonly hasSwap: boolean | null;
  readonly hasClaude: boolean;
  /** What Claude Code's settings say of our hook: nothing, a program that is there, or the path of one that is gone. */
  readonly hook: 'none' | 'there' | { readonly gone: string };
  /** Named in the environment or in Claude Code's settings. */
  readonly hasToolMemoryLimit: boolean;
}

/** How far two ways of measuring are apart, in points. */
export interface CrossCheck {
  readonly memoryPoints: number | null;
  readonly cpuPoints: number | null;
  /** Why the other way gave nothing, if so. */
  readonly failure: string | null;
}

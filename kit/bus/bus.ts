import type { Change } from '@gantry/contracts';

/** Work is shared out over this many partitions; one stream always falls in the same one. */
export const PARTITIONS = 16;

/** FNV-1a over the stream's name: the same partition in every process and version. */
export function partitionOf(stream: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < stream.length; i++) hash = Math.imul(hash ^ stream.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % PARTITIONS;
}

export type Stop = () => Promise<void>;

export interface WorkSubscription {
  /** Fleet-wide name, `<service>.<consumer>`. */
  consumer: string;
  /** Owners whose streams it reads. */
  owners: readonly string[];
  /** Handles changes of one partition in the order published. Throwing redelivers them all. */
  handle(changes: Change[]): Promise<void>;
}

/**
 * The broker: fans changes out, at least once, roughly in order. It is never the truth: gaps and repeats are the
 * readers' business, who heal them from the owner's log.
 */
export interface Bus {
  /** Resolves when the broker has them for good. */
  publish(changes: Change[]): Promise<void>;
  /** Each change to one active consumer of the fleet per partition, acknowledged after `handle` resolved. */
  work(subscription: WorkSubscription): Promise<Stop>;
  /** Every change published from now on to this process, while it runs. */
  tail(handle: (changes: Change[]) => void): Promise<Stop>;
  /** Null if it works, else a sentence. */
  trouble(): string | null;
  stop(): Promise<void>;
}

import { ApiProblem } from '@gantry/contracts';
import { touchesOf, type Write } from './writes.ts';

export interface Timers {
  set(run: () => void, ms: number): unknown;
  clear(handle: unknown): void;
}

export const browserTimers: Timers = {
  set: (run, ms) => setTimeout(run, ms),
  clear: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

export interface OutboxOptions<Answer> {
  send(write: Write): Promise<Answer>;
  /** The server did it. */
  onDone(write: Write, answer: Answer): void;
  /** The server refuses it for good; it is gone from the outbox. */
  onRefused(write: Write, problem: ApiProblem): void;
  /** The list of waiting writes, or its troubles, changed. */
  onChange(): void;
  timers?: Timers;
  random?: () => number;
  maxParallel?: number;
}

interface Entry {
  write: Write;
  touches: string[];
  sending: boolean;
}

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;

/** True for answers that say nothing about the write itself: the same request may succeed later. */
export function isPassing(problem: ApiProblem): boolean {
  return (
    [0, 401, 408, 425, 429, 500, 502, 503, 504].includes(problem.status) || problem.code === 'wrong_account'
  );
}

/**
 * Writes on their way to the server, oldest first. Writes about different things travel side by side; writes
 * about one thing keep their order. What fails in passing is tried again, with growing pauses, for ever.
 */
export class Outbox<Answer> {
  private entries: Entry[] = [];
  private failures = 0;
  private retry: unknown = null;
  private trouble: ApiProblem | null = null;
  private stopped = false;
  private readonly options: OutboxOptions<Answer>;
  private readonly timers: Timers;

  constructor(options: OutboxOptions<Answer>) {
    this.options = options;
    this.timers = options.timers ?? browserTimers;
  }

  get writes(): readonly Write[] {
    return this.entries.map((entry) => entry.write);
  }

  get size(): number {
    return this.entries.length;
  }

  /** Why sending is paused, or null. */
  get problem(): ApiProblem | null {
    return this.trouble;
  }

  add(write: Write): void {
    this.entries.push({ write, touches: touchesOf(write.intent), sending: false });
    this.options.onChange();
    this.pump();
  }

  /** The log has this write: it is done, whatever becomes of the answer. Null if it was not waiting. */
  confirm(id: string): Write | null {
    const entry = this.entries.find((e) => e.write.id === id);
    if (!entry) return null;
    this.remove(entry);
    this.options.onChange();
    this.pump();
    return entry.write;
  }

  /** Sends again now: the network is back, or somebody signed in. */
  retryNow(): void {
    if (this.retry !== null) this.timers.clear(this.retry);
    this.retry = null;
    this.pump();
  }

  stop(): void {
    this.stopped = true;
    if (this.retry !== null) this.timers.clear(this.retry);
  }

  private remove(entry: Entry): void {
    this.entries = this.entries.filter((e) => e !== entry);
  }

  private pump(): void {
    if (this.stopped || this.retry !== null) return;
    const busy = new Set<string>();
    let sending = this.entries.filter((e) => e.sending).length;
    for (const entry of this.entries) {
      const blocked = entry.touches.some((id) => busy.has(id));
      for (const id of entry.touches) busy.add(id);
      if (entry.sending || blocked || sending >= (this.options.maxParallel ?? 4)) continue;
      sending++;
      void this.send(entry);
    }
  }

  private async send(entry: Entry): Promise<void> {
    entry.sending = true;
    try {
      const answer = await this.options.send(entry.write);
      this.failures = 0;
      this.trouble = null;
      if (this.stopped) return;
      this.remove(entry);
      this.options.onDone(entry.write, answer);
    } catch (error) {
      if (this.stopped) return;
      this.failed(entry, asProblem(error));
    }
    this.options.onChange();
    this.pump();
  }

  private failed(entry: Entry, problem: ApiProblem): void {
    entry.sending = false;
    if (!this.entries.includes(entry)) return;
    if (!isPassing(problem)) {
      this.remove(entry);
      this.options.onRefused(entry.write, problem);
      return;
    }
    this.trouble = problem;
    this.pause(problem);
  }

  private pause(problem: ApiProblem): void {
    if (this.retry !== null) return;
    const ceiling = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures++);
    const jittered = ceiling * (0.5 + 0.5 * (this.options.random ?? Math.random)());
    const wait = Math.max(jittered, (problem.retryAfter ?? 0) * 1000);
    this.retry = this.timers.set(() => {
      this.retry = null;
      this.pump();
    }, wait);
  }
}

function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiProblem({
    type: 'about:blank',
    title: 'Not sent',
    status: 400,
    code: 'client_error',
    detail,
  });
}

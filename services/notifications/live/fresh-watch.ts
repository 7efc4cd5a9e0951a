import { FRESH_MS, type Logger } from '@gantry/kit';

/** How often facts that have run out are looked for. */
const TICK_MS = 25;
/** Pause before a question that got no answer is asked again. */
const RETRY_MS = 250;
/** An answer on its way keeps a fact alive this long; with FRESH_MS and TICK_MS it stays under a second. */
const GRACE_MS = 200;

export interface Holder {
  /** It was asked again and still holds. */
  onHolds(): void;
  onEnded(): void;
  /** Nobody can say any more, and asking again would not help. */
  onLost?(): void;
}

export interface Answer<Subject> {
  /** Null: cannot be said now. `lost`: can never be said again by what we have. */
  holds: boolean | null | 'lost';
  freshForMs: number;
  /** What to ask about next time, if it is something else. */
  next?: Subject;
}

export interface Fact {
  /** True while the last answer may be believed. */
  holds(): boolean;
  /** Milliseconds since it could last be believed. */
  unknownFor(): number;
  release(): void;
}

interface Entry<Subject> {
  key: string;
  subject: Subject;
  answered: boolean;
  until: number;
  asking: boolean;
  /** Not asked again before. */
  pausedUntil: number;
  holders: Set<Holder>;
}

export interface FreshWatch<Subject> {
  /** Watches a fact for this holder; holders of the same fact share its answers. Asks at once if it is new. */
  hold(subject: Subject, holder: Holder): Fact;
  stop(): void;
}

/**
 * Keeps facts true within a second for as long as somebody holds them: each is asked again when its answer runs
 * out (FRESH_MS at most), together with the others of its group. An answer counts from before the question was
 * sent. No answer: the fact does not hold, but has not ended either.
 */
export function makeFreshWatch<Subject>(options: {
  name: string;
  log: Logger;
  keyOf(subject: Subject): string;
  groupOf(subject: Subject): string;
  maxBatch: number;
  /** Questions under way at once. */
  maxAsking: number;
  ask(group: string, subjects: Subject[]): Promise<Answer<Subject>[]>;
}): FreshWatch<Subject> {
  const entries = new Map<string, Entry<Subject>>();
  let asking = 0;
  let soon: NodeJS.Immediate | null = null;
  const timer = setInterval(askDue, TICK_MS);
  timer.unref();

  function askSoon(): void {
    soon ??= setImmediate(() => {
      soon = null;
      askDue();
    });
  }

  function askDue(): void {
    const now = performance.now();
    const groups = new Map<string, Entry<Subject>[]>();
    for (const entry of entries.values()) {
      if (entry.asking || entry.pausedUntil > now || (entry.answered && entry.until > now)) continue;
      const group = options.groupOf(entry.subject);
      const due = groups.get(group);
      if (due) due.push(entry);
      else groups.set(group, [entry]);
    }
    for (const [group, due] of groups) {
      for (let i = 0; i < due.length && asking < options.maxAsking; i += options.maxBatch)
        void askBatch(group, due.slice(i, i + options.maxBatch));
    }
  }

  async function askBatch(group: string, batch: Entry<Subject>[]): Promise<void> {
    const askedAt = performance.now();
    asking++;
    for (const entry of batch) entry.asking = true;
    try {
      const answers = await options.ask(
        group,
        batch.map((entry) => entry.subject),
      );
      for (const [i, entry] of batch.entries()) {
        entry.asking = false;
        const answer = answers[i];
        if (answer) take(entry, answer, askedAt);
      }
    } catch (error) {
      options.log.warn({
        event: 'recheck_failed',
        watch: options.name,
        group,
        reason: (error as Error).message,
      });
      for (const entry of batch) {
        entry.asking = false;
        entry.pausedUntil = performance.now() + RETRY_MS;
      }
    } finally {
      if (--asking === options.maxAsking - 1) askSoon();
    }
  }

  function take(entry: Entry<Subject>, answer: Answer<Subject>, askedAt: number): void {
    if (entries.get(entry.key) !== entry) return;
    if (answer.holds === null) entry.pausedUntil = performance.now() + RETRY_MS;
    else if (answer.holds === true) {
      entry.answered = true;
      entry.until = askedAt + Math.min(FRESH_MS, answer.freshForMs);
      if (answer.next !== undefined) entry.subject = answer.next;
      for (const holder of [...entry.holders]) holder.onHolds();
    } else {
      entries.delete(entry.key);
      entry.answered = false;
      for (const holder of [...entry.holders]) {
        if (answer.holds === 'lost') holder.onLost?.();
        else holder.onEnded();
      }
    }
  }

  return {
    hold(subject, holder) {
      const key = options.keyOf(subject);
      let entry = entries.get(key);
      if (!entry) {
        entry = {
          key,
          subject,
          answered: false,
          until: performance.now(),
          asking: false,
          pausedUntil: 0,
          holders: new Set(),
        };
        entries.set(key, entry);
        askSoon();
      }
      const held = entry;
      held.holders.add(holder);
      return {
        holds: () => held.answered && performance.now() <= held.until + GRACE_MS,
        unknownFor: () => performance.now() - held.until,
        release() {
          held.holders.delete(holder);
          if (held.holders.size === 0 && entries.get(key) === held) entries.delete(key);
        },
      };
    },
    stop() {
      clearInterval(timer);
      if (soon) clearImmediate(soon);
      entries.clear();
    },
  };
}

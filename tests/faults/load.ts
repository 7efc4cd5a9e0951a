import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** One write, told apart from all others by its name, and repeated with its key until it is acknowledged. */
export interface Write {
  name: string;
  key: string;
  /** The answer acknowledged, as text. */
  answer: string | null;
}

export interface Counts {
  /** Writes that were acknowledged. */
  acknowledged: number;
  /** Tries that got no answer, or `unavailable`. */
  broken: number;
  /** Acknowledged writes sent again with their key. */
  repeated: number;
  /** Answers that must not be: another status, or another answer to a repeat. */
  wrong: string[];
}

export interface Load {
  writes: Write[];
  counts: Counts;
  /** When the last acknowledged write was sent (performance.now). */
  lastSentAt(): number;
  /** Resolves with the milliseconds until a write sent after now is acknowledged. */
  untilHealed(): Promise<number>;
  /** Finishes every write that was begun, then ends. */
  finish(): Promise<void>;
}

export interface LoadOptions {
  writers: number;
  /** Sends one write; gives status and body, or throws if there was no answer. */
  send(write: Write): Promise<{ status: number; text: string }>;
}

/** Writers that never give up: each write is sent, with the same key, until it is acknowledged. */
export function startLoad({ writers, send }: LoadOptions): Load {
  const writes: Write[] = [];
  const counts: Counts = { acknowledged: 0, broken: 0, repeated: 0, wrong: [] };
  let isOver = false;
  let lastSent = 0;

  async function untilAnswered(write: Write): Promise<void> {
    for (;;) {
      const sentAt = performance.now();
      try {
        const { status, text } = await send(write);
        if (status < 300) {
          if (write.answer === null) counts.acknowledged++;
          else if (write.answer !== text) counts.wrong.push(`another answer to a repeat: ${text}`);
          write.answer = text;
          lastSent = Math.max(lastSent, sentAt);
          return;
        }
        if (status !== 503) {
          counts.wrong.push(`${status} ${text.slice(0, 200)}`);
          return;
        }
        counts.broken++;
      } catch {
        counts.broken++;
      }
      await sleep(10 + Math.random() * 40);
    }
  }

  const running = Array.from({ length: writers }, async () => {
    while (!isOver) {
      const write: Write = { name: randomUUID(), key: randomUUID(), answer: null };
      writes.push(write);
      await untilAnswered(write);
      if (Math.random() > 0.2) continue;
      counts.repeated++;
      await untilAnswered(writes[Math.floor(Math.random() * writes.length)] as Write);
    }
  });
  return {
    writes,
    counts,
    lastSentAt: () => lastSent,
    async untilHealed() {
      const from = performance.now();
      while (lastSent <= from) await sleep(5);
      return performance.now() - from;
    },
    async finish() {
      isOver = true;
      await Promise.all(running);
    },
  };
}

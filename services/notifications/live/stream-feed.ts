import { type Change, RANGE_FRAME_ABOVE } from '@gantry/contracts';
import type { LogClient, Logger } from '@gantry/kit';
import { type ChangesFrame, changesFrames } from './live-frames.ts';

/** Changes kept for readers that are a little behind; never fewer than one range frame covers. */
const KEEP = 2 * RANGE_FRAME_ABOVE;
const KEEP_CHARS = 2_000_000;
const KEEP_AHEAD = 2_000;
/** What arrives out of order is mostly followed by what is missing; only then is the log asked. */
const OUT_OF_ORDER_MS = 15;
const RETRY_MS = 250;

interface Kept {
  seq: number;
  json: string;
}

/** One stream as this process sees it: its last changes, in order and without a gap, however they arrived. */
export interface StreamFeed {
  readonly stream: string;
  /** Seq of the last change in order; null until the owner has said where the stream stands. */
  head(): number | null;
  /** Seq of the last change known to exist, in order or not. */
  reach(): number;
  /** Takes changes from the bus: late, twice, out of order. */
  take(change: Change): void;
  /** The owner says that the stream reaches this far. */
  learnHead(seq: number): void;
  /** True if every change after `seq` is at hand. */
  covers(seq: number): boolean;
  /** Fetches what is missing back to `seq`, which lies at most RANGE_FRAME_ABOVE behind; news when done. */
  cover(seq: number): void;
  /** The frames with every change after `seq`; made once for all who stand there. */
  framesAfter(seq: number): ChangesFrame[];
  close(): void;
}

export function makeStreamFeed(
  stream: string,
  options: { owner: LogClient; log: Logger; onNews(): void },
): StreamFeed {
  const { owner, log, onNews } = options;
  let head: number | null = null;
  let kept: Kept[] = [];
  let keptChars = 0;
  const ahead = new Map<number, string>();
  let wanted = 0;
  let healing: NodeJS.Timeout | true | null = null;
  let coverFrom: number | null = null;
  let covering = false;
  let closed = false;
  let frames = new Map<number, ChangesFrame[]>();

  function append(seq: number, json: string): void {
    head = seq;
    kept.push({ seq, json });
    keptChars += json.length;
    if (kept.length > KEEP || keptChars > KEEP_CHARS) trim();
  }

  function trim(): void {
    let drop = Math.max(0, kept.length - RANGE_FRAME_ABOVE);
    let chars = 0;
    for (let i = 0; i < drop; i++) chars += (kept[i] as Kept).json.length;
    for (; keptChars - chars > KEEP_CHARS && drop < kept.length - 1; drop++)
      chars += (kept[drop] as Kept).json.length;
    kept = kept.slice(drop);
    keptChars -= chars;
  }

  /** Goes on with what arrived too early, and sees whether something is still missing. */
  function settle(before: number | null): void {
    if (head === null) return;
    if (ahead.size > 0) {
      for (let json = ahead.get(head + 1); json !== undefined; json = ahead.get(head + 1))
        append(head + 1, json);
      for (const seq of ahead.keys()) {
        if (seq <= head) ahead.delete(seq);
        else wanted = Math.max(wanted, seq);
      }
    }
    if (wanted > head) healSoon(OUT_OF_ORDER_MS);
    if (head !== before) {
      frames = new Map();
      onNews();
    }
  }

  function healSoon(ms: number): void {
    if (healing !== null || closed) return;
    healing = setTimeout(() => {
      healing = true;
      heal().then(
        (done) => {
          healing = null;
          if (!done) healSoon(RETRY_MS);
        },
        (error: Error) => {
          healing = null;
          log.warn({ event: 'live_catch_up_retry', stream, reason: error.message });
          healSoon(RETRY_MS);
        },
      );
    }, ms);
  }

  /** Reads from the owner what the bus did not bring. True when nothing is missing any more. */
  async function heal(): Promise<boolean> {
    while (!closed && head !== null && wanted > head) {
      const page = await owner.read(stream, head, RANGE_FRAME_ABOVE);
      const before: number = head;
      if (page.meta.head - head > RANGE_FRAME_ABOVE) {
        // Too much to hand out one by one: readers get a range, and fetch it themselves.
        head = page.meta.head;
        kept = [];
        keptChars = 0;
      } else {
        for (const change of page.data)
          if (change.seq === head + 1) append(change.seq, JSON.stringify(change));
      }
      settle(before);
      if (head === before) return false;
    }
    return true;
  }

  /** False if it got nowhere, which must not be tried again at once. */
  async function fetchEarlier(): Promise<boolean> {
    while (!closed && head !== null && coverFrom !== null) {
      const first = head - kept.length + 1;
      const from = Math.max(coverFrom, head - RANGE_FRAME_ABOVE);
      coverFrom = null;
      if (from + 1 >= first) break;
      const page = await owner.read(stream, from, first - 1 - from);
      const nowFirst = (head as number) - kept.length + 1;
      const earlier = page.data
        .filter((change) => change.seq < nowFirst)
        .map((change) => ({ seq: change.seq, json: JSON.stringify(change) }));
      // Something else was dropped or jumped over meanwhile: whoever still needs it asks again.
      if (earlier.at(-1)?.seq !== nowFirst - 1) return false;
      kept = [...earlier, ...kept];
      for (const { json } of earlier) keptChars += json.length;
    }
    return true;
  }

  return {
    stream,
    head: () => head,
    reach: () => Math.max(head ?? 0, wanted),
    take(change) {
      if (closed || (head !== null && change.seq <= head)) return;
      const json = JSON.stringify(change);
      const before = head;
      if (head !== null && change.seq === head + 1) append(change.seq, json);
      else if (ahead.size < KEEP_AHEAD) ahead.set(change.seq, json);
      else wanted = Math.max(wanted, change.seq);
      settle(before);
    },
    learnHead(seq) {
      if (closed) return;
      const before = head;
      if (head === null) head = seq;
      else if (seq > head) wanted = Math.max(wanted, seq);
      settle(before);
    },
    covers: (seq) => head !== null && seq >= head - kept.length,
    cover(seq) {
      coverFrom = coverFrom === null ? seq : Math.min(coverFrom, seq);
      if (covering) return;
      covering = true;
      fetchEarlier()
        .catch((error: Error) => {
          log.warn({ event: 'live_catch_up_retry', stream, reason: error.message });
          return false;
        })
        .then((done) => (done ? undefined : new Promise((resolve) => setTimeout(resolve, RETRY_MS))))
        .finally(() => {
          covering = false;
          coverFrom = null;
          frames = new Map();
          if (!closed) onNews();
        });
    },
    framesAfter(seq) {
      let made = frames.get(seq);
      if (!made) {
        const behind = (head as number) - seq;
        made = changesFrames(stream, kept.slice(kept.length - behind));
        frames.set(seq, made);
      }
      return made;
    },
    close() {
      closed = true;
      if (healing !== null && healing !== true) clearTimeout(healing);
    },
  };
}

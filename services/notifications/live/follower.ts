import { RANGE_FRAME_ABOVE, RESYNC_BEHIND } from '@gantry/contracts';
import type { Fact } from './fresh-watch.ts';
import type { LiveLine } from './live-line.ts';
import type { StreamFeed } from './stream-feed.ts';

/** One socket on one stream: how far it is, and what it gets next. */
export interface Follower {
  readonly stream: string;
  readonly feed: StreamFeed;
  /** Something may have changed: news, access, where the stream stands. Sends what may be sent, in order, once. */
  advance(): void;
  /** True once `subscribed` was sent. */
  isOpen(): boolean;
  /** Sends a frame about the stream, if it may hear it now. */
  tell(text: Buffer): void;
  /** It gets nothing any more. */
  stop(): void;
}

export function makeFollower(options: {
  stream: string;
  feed: StreamFeed;
  /** Seq the client has; undefined: it starts at the head. */
  after: number | undefined;
  line: LiveLine;
  /** What has to hold before anything is sent. */
  facts: readonly Fact[];
  refresh(feed: StreamFeed): Promise<void>;
  onOpen(): void;
  /** It cannot go on from where it was; the client was told. */
  onResync(): void;
}): Follower {
  const { stream, feed, after, line } = options;
  let sent: number | null = null;
  let refreshed: 'no' | 'asking' | 'yes' = 'no';
  let gone = false;

  function resync(): void {
    gone = true;
    line.send({ type: 'resync', stream });
    options.onResync();
  }

  function open(head: number): void {
    if (after !== undefined && after > head) {
      // The client may have read what the bus has not brought here yet: only the owner knows.
      if (after <= feed.reach()) return;
      if (refreshed === 'yes') resync();
      else if (refreshed === 'no') {
        refreshed = 'asking';
        void options.refresh(feed).then(() => {
          refreshed = 'yes';
          follower.advance();
        });
      }
      return;
    }
    if (after !== undefined && head - after > RESYNC_BEHIND) resync();
    else {
      sent = after ?? head;
      line.send({ type: 'subscribed', stream, seq: head });
      options.onOpen();
    }
  }

  function mayHear(): boolean {
    return !gone && options.facts.every((fact) => fact.holds());
  }

  const follower: Follower = {
    stream,
    feed,
    isOpen: () => sent !== null,
    stop() {
      gone = true;
    },
    tell(text) {
      if (sent !== null && mayHear()) line.sendText(text);
    },
    advance() {
      const head = feed.head();
      if (head === null || head === sent || !mayHear()) return;
      if (sent === null) open(head);
      if (sent === null || gone || head <= sent) return;
      const behind = head - sent;
      if (behind > RESYNC_BEHIND) resync();
      else if (behind <= RANGE_FRAME_ABOVE && !feed.covers(sent)) feed.cover(sent);
      else if (behind > RANGE_FRAME_ABOVE) {
        line.send({ type: 'range', stream, from: sent + 1, to: head });
        sent = head;
      } else {
        for (const frame of feed.framesAfter(sent)) {
          // The rest follows when there is room; by then it may be a range.
          if (!line.hasRoom()) break;
          line.sendText(frame.text);
          sent = frame.to;
        }
      }
    },
  };
  return follower;
}

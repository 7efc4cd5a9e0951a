import { type Change, parseStream } from '@gantry/contracts';
import type { Service } from '@gantry/kit';
import { makeStreamFeed, type StreamFeed } from './stream-feed.ts';

/** How often owners are asked how far the followed streams reach, whatever the bus brings. */
const POLL_MS = 1_000;
const RETRY_MS = 250;
const MANY = 500;

export interface LiveFeeds {
  /** The feed of a stream, made for its first reader. Its owner must be one of `service.owners`. */
  open(stream: string): StreamFeed;
  /** No reader is left. */
  close(feed: StreamFeed): void;
  /** Asks the owner where the stream stands, until it answers. */
  refresh(feed: StreamFeed): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The feeds of this process, one per followed stream, fed by the bus and, should it be silent, by asking the
 * owners once a second. `onNews` is called once per feed for everything that arrived in one go.
 */
export async function openLiveFeeds(
  service: Service,
  onNews: (feed: StreamFeed) => void,
): Promise<LiveFeeds> {
  const feeds = new Map<string, StreamFeed>();
  const news = new Set<StreamFeed>();
  let stopped = false;

  function tellNews(feed: StreamFeed): void {
    if (news.size === 0) queueMicrotask(flushNews);
    news.add(feed);
  }

  function flushNews(): void {
    const told = [...news];
    news.clear();
    for (const feed of told) if (feeds.get(feed.stream) === feed) onNews(feed);
  }

  const asked = new Map<StreamFeed, { done: Promise<void>; settle(): void }>();
  let askTimer: NodeJS.Immediate | NodeJS.Timeout | null = null;

  /** Questions of one moment travel together. */
  function refresh(feed: StreamFeed): Promise<void> {
    let question = asked.get(feed);
    if (!question) {
      const { promise, resolve } = Promise.withResolvers<void>();
      question = { done: promise, settle: resolve };
      asked.set(feed, question);
      askTimer ??= setImmediate(askHeads);
    }
    return question.done;
  }

  async function askHeads(): Promise<void> {
    askTimer = null;
    const questions = new Map(asked);
    asked.clear();
    const open = [...questions.keys()].filter((feed) => feeds.get(feed.stream) === feed);
    const answered = await learnHeads(open);
    for (const [feed, question] of questions) {
      if (answered.has(feed) || feeds.get(feed.stream) !== feed || stopped) question.settle();
      else {
        const newer = asked.get(feed);
        if (newer) void newer.done.then(question.settle);
        else asked.set(feed, question);
      }
    }
    if (asked.size > 0 && !stopped) askTimer ??= setTimeout(askHeads, RETRY_MS);
  }

  /** Asks the owners for the heads of these feeds; gives the feeds that were answered. */
  async function learnHeads(open: StreamFeed[]): Promise<Set<StreamFeed>> {
    const byOwner = new Map<string, StreamFeed[]>();
    for (const feed of open) {
      const owner = ownerOf(feed.stream);
      const list = byOwner.get(owner);
      if (list) list.push(feed);
      else byOwner.set(owner, [feed]);
    }
    const answered = new Set<StreamFeed>();
    const ask = async (owner: string, some: StreamFeed[]) => {
      try {
        const heads = await service.logOf(owner).heads(some.map((feed) => feed.stream));
        for (const [i, feed] of some.entries()) {
          feed.learnHead(heads[i] ?? 0);
          answered.add(feed);
        }
      } catch (error) {
        service.log.warn({ event: 'live_heads_failed', owner, reason: (error as Error).message });
      }
    };
    await Promise.all(
      [...byOwner].flatMap(([owner, list]) =>
        Array.from({ length: Math.ceil(list.length / MANY) }, (_, i) =>
          ask(owner, list.slice(i * MANY, (i + 1) * MANY)),
        ),
      ),
    );
    return answered;
  }

  let polling: Promise<unknown> | null = null;
  const pollTimer = setInterval(() => {
    if (polling || feeds.size === 0) return;
    polling = learnHeads([...feeds.values()]).finally(() => {
      polling = null;
    });
  }, POLL_MS);
  pollTimer.unref();

  const stopTail = await service.bus.tail((changes: Change[]) => {
    for (const change of changes) feeds.get(change.stream)?.take(change);
  });

  return {
    refresh,
    open(stream) {
      const known = feeds.get(stream);
      if (known) return known;
      const feed: StreamFeed = makeStreamFeed(stream, {
        owner: service.logOf(ownerOf(stream)),
        log: service.log,
        onNews: () => tellNews(feed),
      });
      // In the map before the owner is asked: what is committed after the answer comes by the bus.
      feeds.set(stream, feed);
      void refresh(feed);
      return feed;
    },
    close(feed) {
      feed.close();
      if (feeds.get(feed.stream) === feed) feeds.delete(feed.stream);
    },
    async stop() {
      stopped = true;
      clearInterval(pollTimer);
      if (askTimer) {
        clearImmediate(askTimer as NodeJS.Immediate);
        clearTimeout(askTimer as NodeJS.Timeout);
      }
      for (const feed of feeds.values()) feed.close();
      feeds.clear();
      await stopTail();
    },
  };
}

function ownerOf(stream: string): string {
  return parseStream(stream)?.service ?? '';
}

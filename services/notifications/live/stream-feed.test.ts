import { type Change, newId, RANGE_FRAME_ABOVE } from '@gantry/contracts';
import type { ServerFrame } from '@gantry/contracts/notifications';
import { type LogClient, makeLogger } from '@gantry/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../testing/random.ts';
import { soon } from '../testing/soon.ts';
import { makeFollower } from './follower.ts';
import type { LiveLine } from './live-line.ts';
import { makeStreamFeed } from './stream-feed.ts';

const STREAM = 'notes/book:00000000-0000-7000-8000-000000000000';
const log = makeLogger('silent', process.stderr);
const tick = () => new Promise((resolve) => setImmediate(resolve));

function change(seq: number, text = ''): Change {
  return { id: newId('change'), stream: STREAM, seq, after: { text } } as unknown as Change;
}

/** A log of so many changes, whose owner is sometimes out of reach. */
function ownerOf(changes: Change[], fails: () => boolean): LogClient {
  return {
    async read(_stream: string, after: number, limit = 500) {
      await tick();
      if (fails()) throw new Error('away');
      const data = changes.slice(after, after + limit);
      return { data, meta: { stream: STREAM, head: changes.length, resync: false } };
    },
  } as unknown as LogClient;
}

function aReader(changes: Change[], options: { fails?: () => boolean; hasRoom?: () => boolean } = {}) {
  const told: number[] = [];
  const frames: ServerFrame[] = [];
  const take = (frame: ServerFrame) => {
    frames.push(frame);
    if (frame.type === 'changes') told.push(...frame.changes.map((c) => c.seq));
    if (frame.type === 'range') for (let seq = frame.from; seq <= frame.to; seq++) told.push(seq);
  };
  const line = {
    send: take,
    sendText: (text: Buffer) => take(JSON.parse(text.toString()) as ServerFrame),
    hasRoom: options.hasRoom ?? (() => true),
  } as unknown as LiveLine;
  const feed = makeStreamFeed(STREAM, {
    owner: ownerOf(changes, options.fails ?? (() => false)),
    log,
    onNews: () => follower.advance(),
  });
  const follow = (after: number) =>
    makeFollower({
      stream: STREAM,
      feed,
      after,
      line,
      facts: [],
      refresh: async () => feed.learnHead(changes.length),
      onOpen() {},
      onResync() {},
    });
  let follower = follow(0);
  return {
    feed,
    told,
    frames,
    advance: () => follower.advance(),
    start(after: number) {
      follower = follow(after);
      follower.advance();
    },
  };
}

describe('a stream given late, twice, out of order and in part', () => {
  it('is told in order, without a gap or a repeat', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          length: fc.integer({ min: 1, max: 3 * RANGE_FRAME_ABOVE }),
          head: fc.nat(1_000),
          after: fc.nat(1_000),
          arrivals: fc.array(fc.nat(1_000), { maxLength: 120 }),
          seed: fc.nat(),
        }),
        async ({ length, head, after, arrivals, seed }) => {
          const changes = Array.from({ length }, (_, i) => change(i + 1));
          const random = randomFrom(seed);
          const sometimes = () => random() < 1 / 7;
          const reader = aReader(changes, { fails: sometimes, hasRoom: () => !sometimes() });
          const start = after % (length + 1);
          reader.start(start);
          let published = Math.min(head, length);
          reader.feed.learnHead(published);
          for (const arrival of arrivals) {
            // Mostly near where publishing is, now and then anywhere.
            const seq = arrival % 5 === 0 ? (arrival % length) + 1 : ++published;
            const found = changes[seq - 1];
            if (found && arrival % 9 !== 0) reader.feed.take(found);
            reader.advance();
            if (arrival % 4 === 0) await tick();
          }
          reader.feed.learnHead(length);
          await soon(() => {
            reader.advance();
            return reader.told.length;
          }).toBe(length - start);
          expect(reader.told).toEqual(Array.from({ length: length - start }, (_, i) => start + 1 + i));
          reader.feed.close();
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  it('is read once for all who are a little behind', async () => {
    const changes = Array.from({ length: 150 }, (_, i) => change(i + 1));
    let reads = 0;
    const feed = makeStreamFeed(STREAM, {
      owner: {
        read: (_stream: string, after: number, limit: number) => {
          reads++;
          return Promise.resolve({ data: changes.slice(after, after + limit), meta: { head: 150 } });
        },
      } as unknown as LogClient,
      log,
      onNews() {},
    });
    feed.learnHead(150);
    for (let i = 0; i < 100; i++) if (!feed.covers(i)) feed.cover(i);
    await soon(() => feed.covers(0)).toBe(true);
    expect(reads).toBe(1);
    expect(feed.framesAfter(10)).toBe(feed.framesAfter(10));
  });

  it('is cut into frames of a size a slow line can be judged by', async () => {
    const changes = Array.from({ length: 20 }, (_, i) => change(i + 1, 'x'.repeat(100_000)));
    let room = 1;
    const reader = aReader(changes, { hasRoom: () => room-- > 0 });
    reader.start(0);
    reader.feed.learnHead(0);
    for (const each of changes) reader.feed.take(each);
    reader.advance();
    expect(reader.told.length).toBeLessThan(20);
    for (let i = 0; i < 20; i++) {
      room = 1;
      reader.advance();
    }
    expect(reader.told).toEqual(changes.map((c) => c.seq));
    for (const frame of reader.frames) expect(JSON.stringify(frame).length).toBeLessThan(400_000);
  });
});

import { type Change, parseStream, uuidv7 } from '@gantry/contracts';
import { type Compiled, type Database, statement } from '../db/database.ts';
import type { AnyContext, Service, Subscriber } from '../service.ts';
import { inTransaction, type Transaction } from './transaction.ts';

/** After this many failures a change becomes a dead letter. */
export const MAX_ATTEMPTS = 8;
const FETCH = 500;
const RETRY_POLL_MS = 250;

interface InboxRow {
  seq: number;
  attempts: number;
  parked: boolean;
}

const read = statement<InboxRow>(
  'inbox.read',
  'select seq, attempts, retry_at is not null as parked from inbox where consumer = $1 and stream = $2',
);
const lock = statement<{ seq: number }>(
  'inbox.lock',
  'insert into inbox (consumer, stream, seq) values ($1, $2, 0) on conflict (consumer, stream) do update set seq = inbox.seq returning seq',
);
const advance = statement(
  'inbox.advance',
  'update inbox set seq = $3, attempts = 0, retry_at = null, error = null where consumer = $1 and stream = $2',
);
const park = statement(
  'inbox.park',
  `insert into inbox (consumer, stream, seq, attempts, retry_at, error) values ($1, $2, 0, 1, now() + $3 * interval '1 millisecond', $4)
   on conflict (consumer, stream) do update set attempts = inbox.attempts + 1, retry_at = excluded.retry_at, error = excluded.error returning attempts`,
);
const due = statement<{ stream: string }>(
  'inbox.due',
  'select stream from inbox where consumer = $1 and retry_at <= now() order by retry_at limit 50',
);
const bury = statement(
  'inbox.bury',
  `insert into dead_letter (id, consumer, stream, seq, event, change, error, attempts) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (consumer, stream, seq) do nothing`,
);

/** A stream that is not where it was when it was read: another process took it over. */
class MovedError extends Error {}

export interface ConsumerOptions {
  service: Service;
  subscriber: Subscriber;
  contextFor(change: Change): AnyContext;
  maxAttempts?: number;
  /** Milliseconds before retry number n. */
  backoff?: (attempt: number) => number;
}

export interface Consumer {
  /** Handles changes as the bus gives them: late, twice, out of order. Throws only when the database or an owner is out of reach. */
  handle(changes: Change[]): Promise<void>;
  /** Retries parked streams that are due. */
  retryDue(): Promise<void>;
  /** Brings every stream of an owner up to its head: for a consumer that is new, or a rebuild. */
  catchUp(owner: string): Promise<void>;
}

/**
 * A durable consumer: each change of each stream once in effect, in order. The inbox row (how far) commits with the
 * effect. What is missing is fetched from the owner. A change that fails parks only its stream, is retried with
 * backoff, and becomes a dead letter after MAX_ATTEMPTS; then the stream goes on, unless the subscriber is strict.
 */
export function makeConsumer(options: ConsumerOptions): Consumer {
  const { service, subscriber } = options;
  const { db, log, metrics } = service;
  const consumer = `${service.name}.${subscriber.consumer}`;
  const wanted = new Set(subscriber.on.map((event) => event.name));
  const maxAttempts = options.maxAttempts ?? MAX_ATTEMPTS;
  const backoff = options.backoff ?? ((attempt: number) => Math.min(60_000, 200 * 2 ** attempt));
  const transaction = <T>(change: Change | null, work: (tx: Transaction) => Promise<T>) =>
    inTransaction(
      db,
      {
        service: service.name,
        facts: {
          actor: change?.actor ?? null,
          origin: 'system',
          requestId: change?.request_id ?? null,
          mutationId: null,
        },
        onCommitted: () => service.wakeRelay(),
      },
      work,
    );

  async function stream(name: string, given: Change[], retry = false): Promise<void> {
    const [at] = await db.query(read, [consumer, name]);
    if (at?.parked && !retry) return;
    let seq = at?.seq ?? 0;
    let pending = given.filter((c) => c.seq > seq).sort((a, b) => a.seq - b.seq);
    for (;;) {
      if (pending.length === 0 || (pending[0] as Change).seq > seq + 1) {
        const wantMore = pending.length > 0 || retry;
        if (!wantMore) return;
        const missing = await fetchMissing(name, seq);
        if (missing.length === 0) {
          if (retry && pending.length === 0) await db.query(advance, [consumer, name, seq]);
          return;
        }
        const last = (missing.at(-1) as Change).seq;
        pending = [...missing, ...pending.filter((c) => c.seq > last)];
      }
      const run = contiguous(pending, seq);
      const done = await takeRun(name, run, seq, at?.attempts ?? 0);
      if (done === null) return;
      seq = done;
      pending = pending.filter((c) => c.seq > seq);
      if (pending.length === 0 && !retry) return;
    }
  }

  async function fetchMissing(name: string, after: number): Promise<Change[]> {
    const owner = parseStream(name)?.service;
    if (!owner) return [];
    const page = await service.logOf(owner).read(name, after, FETCH);
    return page.data;
  }

  /** Handles a gap-free run; gives the seq reached, or null if the stream was parked or taken over. */
  async function takeRun(
    name: string,
    run: Change[],
    from: number,
    attemptsBefore: number,
  ): Promise<number | null> {
    let seq = from;
    let attempts = attemptsBefore;
    for (let i = 0; i < run.length; ) {
      const change = run[i] as Change;
      // A run of changes nobody here listens to moves on in one step.
      let skipTo = i;
      while (skipTo < run.length && !wanted.has((run[skipTo] as Change).event)) skipTo++;
      try {
        if (skipTo > i) {
          const last = (run[skipTo - 1] as Change).seq;
          await transaction(null, (tx) => moveOn(tx, name, seq, last));
          seq = last;
          attempts = 0;
          i = skipTo;
          continue;
        }
        const ctx = options.contextFor(change);
        await transaction(change, async (tx) => {
          await moveOn(tx, name, seq, change.seq);
          await subscriber.handle(ctx, tx, change);
        });
        metrics.consumed.inc({ consumer, outcome: 'done' });
        seq = change.seq;
        attempts = 0;
        i++;
      } catch (error) {
        if (error instanceof MovedError) return null;
        await failed(name, change, error as Error, attempts);
        return null;
      }
    }
    return seq;
  }

  async function moveOn(tx: Transaction, name: string, from: number, to: number): Promise<void> {
    const [row] = await tx.query(lock, [consumer, name]);
    if (row?.seq !== from) throw new MovedError();
    await tx.query(advance, [consumer, name, to]);
  }

  async function failed(name: string, change: Change, error: Error, attempts: number): Promise<void> {
    metrics.consumed.inc({ consumer, outcome: 'failed' });
    log.error({
      event: 'change_failed',
      consumer,
      stream: name,
      seq: change.seq,
      change: change.event,
      attempts: attempts + 1,
      reason: error.message,
    });
    if (attempts + 1 < maxAttempts) {
      await db.query(park, [consumer, name, backoff(attempts), error.message.slice(0, 2_000)]);
      return;
    }
    metrics.deadLetters.inc({ consumer });
    await transaction(null, async (tx) => {
      await tx.query(bury, [
        uuidv7(),
        consumer,
        name,
        change.seq,
        change.event,
        JSON.stringify(change),
        error.message.slice(0, 2_000),
        attempts + 1,
      ]);
      if (subscriber.strict)
        await tx.query(park, [consumer, name, 24 * 3_600_000, error.message.slice(0, 2_000)]);
      else await moveOn(tx, name, change.seq - 1, change.seq);
    });
    // What piled up behind it is fetched at once.
    if (!subscriber.strict) await stream(name, [], true);
  }

  return {
    async handle(changes) {
      const byStream = new Map<string, Change[]>();
      for (const change of changes) {
        const list = byStream.get(change.stream);
        if (list) list.push(change);
        else byStream.set(change.stream, [change]);
      }
      for (const [name, list] of byStream) await stream(name, list);
    },
    async retryDue() {
      for (const row of await db.query(due, [consumer])) await stream(row.stream, [], true);
    },
    async catchUp(owner) {
      let after: string | null = null;
      for (;;) {
        const heads: { stream: string; seq: number }[] = await service.logOf(owner).streams(after);
        if (heads.length === 0) return;
        for (const head of heads) {
          const [at] = await db.query(read, [consumer, head.stream]);
          if ((at?.seq ?? 0) < head.seq && !at?.parked) await stream(head.stream, [], true);
        }
        after = (heads.at(-1) as { stream: string }).stream;
      }
    },
  };
}

function contiguous(changes: Change[], after: number): Change[] {
  const run: Change[] = [];
  for (const change of changes) {
    if (change.seq === after + run.length + 1) run.push(change);
    else if (change.seq > after + run.length + 1) break;
  }
  return run;
}

/** Subscribes a consumer to the bus, catches it up with its owners' logs, and keeps retrying parked streams. */
export async function runConsumer(options: ConsumerOptions): Promise<() => Promise<void>> {
  const { service, subscriber } = options;
  const consumer = makeConsumer(options);
  const owners = [...new Set(subscriber.on.map((event) => event.owner))];
  const guard = (name: string, work: () => Promise<void>) =>
    work().catch((error: Error) =>
      service.log.warn({ event: name, consumer: subscriber.consumer, reason: error.message }),
    );
  const stop = await service.bus.work({
    consumer: `${service.name}.${subscriber.consumer}`,
    owners,
    handle: (changes) => consumer.handle(changes),
  });
  let ended = false;
  const retrying = (async () => {
    let caughtUp = false;
    for (let i = 0; !ended; i++) {
      if (!caughtUp && i % 8 === 0) {
        caughtUp = true;
        for (const owner of owners) {
          await consumer.catchUp(owner).catch((error: Error) => {
            caughtUp = false;
            service.log.warn({
              event: 'catch_up_retry',
              consumer: subscriber.consumer,
              owner,
              reason: error.message,
            });
          });
        }
      }
      await guard('retry_failed', () => consumer.retryDue());
      await new Promise((resolve) => setTimeout(resolve, RETRY_POLL_MS));
    }
  })();
  return async () => {
    ended = true;
    await stop();
    await retrying;
  };
}

export interface DeadLetter {
  id: string;
  consumer: string;
  stream: string;
  seq: number;
  event: string;
  change: Change;
  error: string;
  attempts: number;
  at: string;
}

/** Dead letters of a service, newest first. */
export function listDeadLetters(db: Database, limit = 100): Promise<DeadLetter[]> {
  const query: Compiled = {
    sql: 'select id, consumer, stream, seq, event, change, error, attempts, at from dead_letter order by at desc limit $1',
    parameters: [limit],
  };
  return db.run<DeadLetter>(query);
}

/** Forgets a dead letter (its id is a UUID). A strict consumer's stream goes on behind it. False if there is none. */
export async function dropDeadLetter(db: Database, id: string): Promise<boolean> {
  const rows = await db.run<{ consumer: string; stream: string; seq: number }>({
    sql: 'delete from dead_letter where id = $1 returning consumer, stream, seq',
    parameters: [id],
  });
  const row = rows[0];
  if (!row) return false;
  await db.run({
    sql: 'update inbox set seq = greatest(seq, $3), attempts = 0, retry_at = now(), error = null where consumer = $1 and stream = $2 and seq = $3 - 1',
    parameters: [row.consumer, row.stream, row.seq],
  });
  return true;
}

/** Handles a dead letter again, out of its order, in a transaction with its removal. Throws what the handler throws. */
export async function replayDeadLetter(
  service: Service,
  subscribers: readonly Subscriber[],
  contextFor: ConsumerOptions['contextFor'],
  id: string,
): Promise<boolean> {
  const [letter] = await service.db.run<DeadLetter>({
    sql: 'select * from dead_letter where id = $1',
    parameters: [id],
  });
  if (!letter) return false;
  const subscriber = subscribers.find((s) => `${service.name}.${s.consumer}` === letter.consumer);
  if (!subscriber)
    throw new Error(`No subscriber ${letter.consumer} here any more; drop the letter instead.`);
  await inTransaction(
    service.db,
    {
      service: service.name,
      facts: { actor: letter.change.actor, origin: 'system', requestId: null, mutationId: null },
    },
    async (tx) => {
      await subscriber.handle(contextFor(letter.change), tx, letter.change);
      await tx.run({ sql: 'delete from dead_letter where id = $1', parameters: [id] });
      await tx.run({
        sql: 'update inbox set seq = greatest(seq, $3), attempts = 0, retry_at = now(), error = null where consumer = $1 and stream = $2 and seq = $3 - 1',
        parameters: [letter.consumer, letter.stream, letter.seq],
      });
    },
  );
  return true;
}

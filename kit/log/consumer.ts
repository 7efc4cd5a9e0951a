import { type Change, parseStream, uuidv7 } from '@gantry/contracts';
import { statement } from '../db/database.ts';
import { asAppError } from '../errors.ts';
import type { AnyContext, Service, Subscriber } from '../service.ts';
import { inTransaction, type Transaction } from './transaction.ts';

/** After this many failures a change becomes a dead letter. */
export const MAX_ATTEMPTS = 8;
const FETCH = 500;
const RETRY_POLL_MS = 250;
/** Pause before a stream is tried again that waits for somebody who is out of reach. */
const UNAVAILABLE_MS = 1_000;

interface InboxRow {
  stream: string;
  seq: number;
  attempts: number;
  parked: boolean;
}

const read = statement<InboxRow>(
  'inbox.read',
  'select stream, seq, attempts, retry_at is not null as parked from inbox where consumer = $1 and stream = any($2)',
);
const lock = statement<{ seq: number }>(
  'inbox.lock',
  'insert into inbox (consumer, stream, seq) values ($1, $2, 0) on conflict (consumer, stream) do update set seq = inbox.seq returning seq',
);
const advance = statement(
  'inbox.advance',
  'update inbox set seq = $3, attempts = 0, retry_at = null, error = null where consumer = $1 and stream = $2',
);
const unpark = statement(
  'inbox.unpark',
  'update inbox set attempts = 0, retry_at = null, error = null where consumer = $1 and stream = $2 and seq = $3',
);
// Cut to milliseconds, as the column would round it up, so that a retry that is due at once is.
const park = statement(
  'inbox.park',
  `insert into inbox (consumer, stream, seq, attempts, retry_at, error)
   values ($1, $2, 0, $4, date_trunc('milliseconds', now()) + $5 * interval '1 millisecond', $6)
   on conflict (consumer, stream) do update
   set attempts = inbox.attempts + $4, retry_at = excluded.retry_at, error = excluded.error where inbox.seq = $3`,
);
const parkForGood = statement(
  'inbox.park_for_good',
  "update inbox set attempts = attempts + 1, retry_at = 'infinity', error = $3 where consumer = $1 and stream = $2",
);
/** One process takes each: the others see it due again in a minute, should this one die. */
const claimDue = statement<{ stream: string }>(
  'inbox.claim_due',
  `update inbox set retry_at = now() + interval '1 minute' from (
     select consumer, stream from inbox where consumer = $1 and retry_at <= now()
     order by retry_at limit 50 for update skip locked) due
   where inbox.consumer = due.consumer and inbox.stream = due.stream returning inbox.stream`,
);
const bury = statement(
  'inbox.bury',
  `insert into dead_letter (id, consumer, stream, seq, event, change, error, attempts) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (consumer, stream, seq) do nothing`,
);

/** A stream that is not where it was when it was read: somebody else moves it on too. */
class MovedError extends Error {}

export interface ConsumerOptions {
  service: Service;
  subscriber: Subscriber;
  contextFor(change: Change): AnyContext;
  maxAttempts?: number;
  /** Milliseconds before retry number n. */
  backoff?: (attempt: number) => number;
  /** True once long rounds (catching up) should end early. */
  isStopping?: () => boolean;
}

export interface Consumer {
  /** Handles changes as the bus gives them: late, twice, out of order. Throws only when its own database is out of reach. */
  handle(changes: Change[]): Promise<void>;
  /** Retries parked streams that are due. */
  retryDue(): Promise<void>;
  /** Brings every stream of an owner up to its head: for a consumer that is new, or a rebuild. */
  catchUp(owner: string): Promise<void>;
}

/** Where a stream stands while it is being moved on. */
interface Place {
  seq: number;
  attempts: number;
  parked: boolean;
}

/**
 * A durable consumer: each change of each stream once in effect, in order. The inbox row (how far) commits with the
 * effect. What is missing is fetched from the owner. A change that fails parks only its stream, is retried with
 * backoff, and becomes a dead letter after MAX_ATTEMPTS; then the stream goes on, unless the subscriber is strict.
 * Somebody out of reach (the owner, a service the handler calls) is waited for, however long, and counts for nothing.
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
        onEffectFault: (error) => log.error({ event: 'effect_failed', consumer, reason: String(error) }),
      },
      work,
    );

  /**
   * Moves a stream on with what is given and what is missing before it; `toHead`: to the end of the owner's log,
   * parked or not. Begins again whenever somebody else (another process, a retry) moved the stream meanwhile, so
   * that nothing given is lost to a race.
   */
  async function moveStream(name: string, given: Change[], toHead = false): Promise<void> {
    for (;;) {
      const [row] = await db.query(read, [consumer, [name]]);
      const place: Place = row ? { ...row } : { seq: 0, attempts: 0, parked: false };
      // What comes for a parked stream is fetched from its owner once it is no longer parked.
      if (place.parked && !toHead) return;
      try {
        return await moveFrom(name, place, given, toHead);
      } catch (error) {
        if (!(error instanceof MovedError)) throw error;
      }
    }
  }

  async function moveFrom(name: string, place: Place, given: Change[], toHead: boolean): Promise<void> {
    let pending = given.filter((c) => c.seq > place.seq).sort((a, b) => a.seq - b.seq);
    for (;;) {
      const [first] = pending;
      if (first === undefined && !toHead) return;
      if (first === undefined || first.seq > place.seq + 1) {
        const missing = await fetchMissing(name, place);
        if (missing === null) return;
        if (missing.length === 0 && place.parked) {
          // Whatever came while it was parked was left to us: look once more now that it is not.
          await db.query(unpark, [consumer, name, place.seq]);
          place.parked = false;
          continue;
        }
        if (missing.length === 0 && first === undefined) return;
        if (missing[0]?.seq !== place.seq + 1) {
          await parkStream(
            name,
            place.seq,
            0,
            UNAVAILABLE_MS,
            `nothing after ${place.seq} in the owner's log`,
          );
          return;
        }
        const last = (missing.at(-1) as Change).seq;
        pending = [...missing, ...pending.filter((c) => c.seq > last)];
      }
      for (const step of stepsOf(pending, place.seq)) {
        if ((await take(name, place, step)) === 'parked') return;
        if (toHead && options.isStopping?.()) return;
      }
      pending = pending.filter((c) => c.seq > place.seq);
    }
  }

  /** What the owner has after this place; null if it is out of reach, and the stream is parked to wait for it. */
  async function fetchMissing(name: string, place: Place): Promise<Change[] | null> {
    const owner = parseStream(name)?.service;
    if (!owner) throw new Error(`not a stream: ${name.slice(0, 100)}`);
    try {
      return (await service.logOf(owner).read(name, place.seq, FETCH)).data;
    } catch (error) {
      if (asAppError(error)?.code !== 'unavailable') throw error;
      log.warn({ event: 'owner_unavailable', consumer, stream: name, reason: (error as Error).message });
      await parkStream(name, place.seq, 0, UNAVAILABLE_MS, `the log of ${owner} is out of reach`);
      return null;
    }
  }

  /** The gap-free run after `seq`, a step for each wanted change and one for each row of others. */
  function stepsOf(changes: Change[], seq: number): Change[][] {
    const steps: Change[][] = [];
    let next = seq + 1;
    for (const change of changes) {
      if (change.seq < next) continue;
      if (change.seq > next) break;
      next++;
      const last = steps.at(-1);
      if (last?.[0] && !wanted.has(change.event) && !wanted.has(last[0].event)) last.push(change);
      else steps.push([change]);
    }
    return steps;
  }

  async function take(name: string, place: Place, step: Change[]): Promise<'taken' | 'parked'> {
    const change = step.at(-1) as Change;
    if (!wanted.has(change.event)) {
      await transaction(null, (tx) => moveOn(tx, name, place.seq, change.seq));
    } else {
      try {
        await transaction(change, async (tx) => {
          await moveOn(tx, name, place.seq, change.seq);
          await subscriber.handle(options.contextFor(change), tx, change);
        });
        metrics.consumed.inc({ consumer, outcome: 'done' });
      } catch (error) {
        if (error instanceof MovedError) throw error;
        if ((await failed(name, change, error as Error, place.attempts)) === 'parked') return 'parked';
      }
    }
    place.seq = change.seq;
    place.attempts = 0;
    place.parked = false;
    return 'taken';
  }

  async function moveOn(tx: Transaction, name: string, from: number, to: number): Promise<void> {
    const [row] = await tx.query(lock, [consumer, name]);
    if (row?.seq !== from) throw new MovedError();
    await tx.query(advance, [consumer, name, to]);
  }

  function parkStream(name: string, seq: number, count: 0 | 1, ms: number, reason: string): Promise<unknown> {
    return db.query(park, [consumer, name, seq, count, ms, reason.slice(0, 2_000)]);
  }

  async function failed(
    name: string,
    change: Change,
    error: Error,
    attempts: number,
  ): Promise<'parked' | 'buried'> {
    metrics.consumed.inc({ consumer, outcome: 'failed' });
    const facts = {
      event: 'change_failed',
      consumer,
      stream: name,
      seq: change.seq,
      change: change.event,
      attempts: attempts + 1,
      reason: error.message,
    };
    if (isAway(error)) {
      log.warn(facts);
      await parkStream(name, change.seq - 1, 0, UNAVAILABLE_MS, error.message);
      return 'parked';
    }
    log.error(facts);
    if (attempts + 1 < maxAttempts) {
      await parkStream(name, change.seq - 1, 1, backoff(attempts), error.message);
      return 'parked';
    }
    metrics.deadLetters.inc({ consumer });
    await transaction(null, async (tx) => {
      await moveOn(tx, name, change.seq - 1, subscriber.strict ? change.seq - 1 : change.seq);
      const reason = error.message.slice(0, 2_000);
      await tx.query(bury, [
        uuidv7(),
        consumer,
        name,
        change.seq,
        change.event,
        JSON.stringify(change),
        reason,
        attempts + 1,
      ]);
      if (subscriber.strict) await tx.query(parkForGood, [consumer, name, reason]);
    });
    return subscriber.strict ? 'parked' : 'buried';
  }

  return {
    async handle(changes) {
      const byStream = new Map<string, Change[]>();
      for (const change of changes) {
        const list = byStream.get(change.stream);
        if (list) list.push(change);
        else byStream.set(change.stream, [change]);
      }
      for (const [name, list] of byStream) await moveStream(name, list);
    },
    async retryDue() {
      for (;;) {
        const due = await db.query(claimDue, [consumer]);
        for (const row of due) await moveStream(row.stream, [], true);
        if (due.length < 50 || options.isStopping?.()) return;
      }
    },
    async catchUp(owner) {
      let after: string | null = null;
      for (;;) {
        const heads: { stream: string; seq: number }[] = await service.logOf(owner).streams(after);
        const rows = await db.query(read, [consumer, heads.map((head) => head.stream)]);
        const known = new Map(rows.map((row) => [row.stream, row]));
        for (const head of heads) {
          if (options.isStopping?.()) return;
          const at = known.get(head.stream);
          if ((at?.seq ?? 0) < head.seq && !at?.parked) await moveStream(head.stream, [], true);
        }
        const last = heads.at(-1);
        if (last === undefined) return;
        after = last.stream;
      }
    },
  };
}

/** Somebody is out of reach: not the change's fault. A statement that runs too long is the handler's own. */
function isAway(error: Error): boolean {
  return asAppError(error)?.code === 'unavailable' && (error as { code?: string }).code !== '57014';
}

/** Subscribes a consumer to the bus, catches it up with its owners' logs, and keeps retrying parked streams. */
export async function runConsumer(options: ConsumerOptions): Promise<() => Promise<void>> {
  const { service, subscriber } = options;
  let ended = false;
  const consumer = makeConsumer({ isStopping: () => ended, ...options });
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

import type { Change } from '@gantry/contracts';
import type { Compiled, Database } from '../db/database.ts';
import type { Service, Subscriber } from '../service.ts';
import type { ConsumerOptions } from './consumer.ts';
import { inTransaction } from './transaction.ts';

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
  const rows = await db.run({
    sql: `with gone as (delete from dead_letter where id = $1 returning consumer, stream, seq),
      passed as (update inbox i set seq = g.seq, attempts = 0, retry_at = now(), error = null from gone g
        where i.consumer = g.consumer and i.stream = g.stream and i.seq = g.seq - 1)
      select from gone`,
    parameters: [id],
  });
  return rows.length > 0;
}

/**
 * Handles a dead letter again, in a transaction with its removal: out of its order, or, for a strict consumer, in
 * its order, after which the stream goes on. One of several replays at once has an effect. False if there is no
 * such letter (any more). Throws what the handler throws; the letter stays then.
 */
export async function replayDeadLetter(
  service: Service,
  subscribers: readonly Subscriber[],
  contextFor: ConsumerOptions['contextFor'],
  id: string,
): Promise<boolean> {
  const [seen] = await service.db.run<Pick<DeadLetter, 'change'>>({
    sql: 'select change from dead_letter where id = $1',
    parameters: [id],
  });
  if (!seen) return false;
  return inTransaction(
    service.db,
    {
      service: service.name,
      facts: { actor: seen.change.actor, origin: 'system', requestId: null, mutationId: null },
      onCommitted: () => service.wakeRelay(),
    },
    async (tx) => {
      const [letter] = await tx.run<Pick<DeadLetter, 'consumer' | 'stream' | 'seq' | 'change'>>({
        sql: 'delete from dead_letter where id = $1 returning consumer, stream, seq, change',
        parameters: [id],
      });
      if (!letter) return false;
      const subscriber = subscribers.find((s) => `${service.name}.${s.consumer}` === letter.consumer);
      if (!subscriber)
        throw new Error(`No subscriber ${letter.consumer} here any more; drop the letter instead.`);
      // Takes the place of the stream with it, so that nobody handles what comes behind before this is done.
      await tx.run({
        sql: 'update inbox set seq = $3, attempts = 0, retry_at = now(), error = null where consumer = $1 and stream = $2 and seq = $3 - 1',
        parameters: [letter.consumer, letter.stream, letter.seq],
      });
      await subscriber.handle(contextFor(letter.change), tx, letter.change);
      return true;
    },
  );
}

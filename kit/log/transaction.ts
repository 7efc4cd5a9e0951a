import {
  decodeId,
  type EventContract,
  type ExternalActor,
  type Id,
  type IdKind,
  kindOf,
  type Origin,
  uuidv7,
} from '@gantry/contracts';
import type pg from 'pg';
import {
  type Compiled,
  type Database,
  MAX_STALE,
  parserFor,
  type Queryable,
  type Statement,
} from '../db/database.ts';
import { corkTurn } from '../db/lanes.ts';
import { runPrepared } from '../db/prepared-query.ts';
import { asAppError, fail, isRetryable, isStalePlan } from '../errors.ts';
import { extractLongText, NO_WORKSPACE } from './long-text.ts';

/** Who writes and why; every change recorded carries it. */
export interface WriteFacts {
  actor: Id<'user'> | null;
  origin: Origin;
  requestId: string | null;
  mutationId: string | null;
}

/** One change to record. `before` and `after` hold changed fields in the form the API returns. */
export interface ChangeInput {
  stream: string;
  workspaceId: Id<'workspace'> | null;
  entityId: string;
  /** The task, project or product whose history this is; the entity itself if left out. */
  root?: string;
  /** Version of the entity after the change. */
  version: number;
  before?: Record<string, unknown> | null;
  after?: Record<string, unknown> | null;
  actor?: Id<'user'> | null;
  externalActor?: ExternalActor | null;
  origin?: Origin;
  batchId?: Id<'batch'> | null;
  undoes?: Id<'change'> | null;
  effectiveAt?: string | null;
}

export interface Transaction extends Queryable {
  /**
   * Adds a change to the log of this service; it is written as the last act of the transaction.
   * Only buffers: never touches the database, never throws for a valid id.
   */
  record(event: EventContract, change: ChangeInput): void;
  /** Runs after the commit, never after a rollback. For waking readers; what it throws goes to `onEffectFault`. */
  afterCommit(effect: () => void): void;
}

interface AppendRow {
  ord: number;
  [column: string]: unknown;
}

/** Columns of a change that the writer gives, in the order of the parameters of APPEND_ONE. */
const GIVEN = [
  'stream',
  'id',
  'workspace_id',
  'actor',
  'external_actor',
  'origin',
  'request_id',
  'mutation_id',
  'batch_id',
  'event',
  'entity',
  'entity_id',
  'root',
  'root_kind',
  'version',
  'op',
  'before',
  'after',
  'undoes',
  'effective_at',
  'v',
] as const;

/** What log_append does, for one change: most writes have one, and this takes a third of the time. */
const APPEND_ONE = {
  name: 'log.append_one',
  text: `with counter as (
      insert into log_stream as s (stream, seq, at) values ($1, 1, date_trunc('milliseconds', clock_timestamp()))
      on conflict (stream) do update set seq = s.seq + 1, at = greatest(excluded.at, s.at + interval '1 millisecond')
      returning s.seq, s.at
    ), written as (
      insert into log_change (${GIVEN.join(', ')}, seq, at)
      select ${GIVEN.map((_, i) => `$${i + 1}`).join(', ')}, counter.seq, counter.at from counter returning seq
    )
    insert into outbox (stream, seq) select $1, written.seq from written`,
};
const APPEND = { name: 'log.append', text: 'select id, stream, seq, at from log_append($1::jsonb)' };
const MAX_ATTEMPTS = 5;

export interface TransactionOptions {
  facts: WriteFacts;
  /** The service that writes; recording another owner's event throws. */
  service: string;
  /** Called last, before the log is appended; the place for the idempotency row. */
  beforeCommit?: (tx: Transaction, result: unknown) => Promise<void>;
  /** Called once after a commit that appended changes. */
  onCommitted?: (streams: string[]) => void;
  /** What an effect after the commit threw: the write has happened and stays a success. */
  onEffectFault?: (error: unknown) => void;
  /** Checks `after` against the event's schema; throws if it does not fit. */
  validateEvent?: (event: EventContract, after: unknown) => void;
}

/**
 * Runs `work` in one transaction and commits it with its log entries. A counter of the log is locked for one
 * round trip: the append and the commit are sent together. Deadlocks and serialisation failures are retried, so
 * `work` may run several times and must do nothing but database work. Anything it throws rolls back.
 */
export async function inTransaction<T>(
  db: Database,
  options: TransactionOptions,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1, stale = 0; ; attempt++) {
    try {
      return await once(db, options, work);
    } catch (error) {
      if (isStalePlan(error) && stale++ < MAX_STALE) {
        attempt--;
        continue;
      }
      if (!isRetryable(error) || attempt >= MAX_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
    }
  }
}

async function once<T>(
  db: Database,
  options: TransactionOptions,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await db.connect();
  const rows: AppendRow[] = [];
  const texts = new Map<string, Map<string, string>>();
  const effects: (() => void)[] = [];
  let broken: Error | undefined;
  let committing = false;
  let result: T;
  try {
    const tx = makeTransaction(client, options, rows, texts, effects);
    // Sent together with the first query, without waiting for the answer; a fault shows in that query.
    corkTurn(client);
    const begun = client.query('begin');
    begun.catch(() => {});
    result = await work(tx);
    await options.beforeCommit?.(tx, result);
    await begun;
    await appendTexts(client, texts);
    committing = true;
    await commit(client, rows);
  } catch (error) {
    try {
      await client.query('rollback');
    } catch (fault) {
      broken = fault as Error;
    }
    if (isStalePlan(error)) broken ??= error as Error;
    // The answer to the commit was lost, not necessarily the commit.
    if (committing && broken && asAppError(error)?.code === 'unavailable') throw uncertain(error);
    throw error;
  } finally {
    client.release(broken);
  }
  const streams = new Set(rows.map((row) => row.stream as string));
  if (streams.size > 0) effects.push(() => options.onCommitted?.([...streams]));
  for (const effect of effects) {
    try {
      effect();
    } catch (error) {
      options.onEffectFault?.(error);
    }
  }
  return result;
}

function uncertain(cause: unknown): Error {
  const error = fail('unavailable', {
    detail:
      'The connection to the database broke while this was being saved, so it may be saved or not. ' +
      'Send it again with the same Idempotency-Key, or look before repeating it.',
  });
  error.cause = cause;
  return error;
}

/** Sorted, so that two writers of the same texts never wait for each other in a circle. */
async function appendTexts(client: pg.PoolClient, texts: Map<string, Map<string, string>>): Promise<void> {
  for (const [workspace, bodies] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sorted = [...bodies].sort(([a], [b]) => (a < b ? -1 : 1));
    await client.query({
      name: 'log.texts',
      text: `insert into log_text (workspace_id, hash, body)
        select $1, * from unnest($2::text[], $3::text[]) on conflict do nothing`,
      values: [workspace, sorted.map(([hash]) => hash), sorted.map(([, body]) => body)],
    });
  }
}

async function commit(client: pg.PoolClient, rows: AppendRow[]): Promise<void> {
  const sent: Promise<unknown>[] = [];
  corkTurn(client);
  const [first] = rows;
  if (first && rows.length === 1)
    sent.push(
      runPrepared(
        client,
        APPEND_ONE,
        GIVEN.map((column) => first[column]),
        parserFor,
      ),
    );
  else if (rows.length > 1) sent.push(client.query({ ...APPEND, values: [JSON.stringify(rows)] }));
  // Pipelined behind the append: if the append failed, this commit is a rollback and the append's fault is thrown.
  const committed = client.query('commit');
  sent.push(committed);
  for (const outcome of await Promise.allSettled(sent))
    if (outcome.status === 'rejected') throw outcome.reason;
  if ((await committed).command !== 'COMMIT')
    throw new Error('the transaction was rolled back by the server');
}

function makeTransaction(
  client: pg.PoolClient,
  options: TransactionOptions,
  rows: AppendRow[],
  texts: Map<string, Map<string, string>>,
  effects: (() => void)[],
): Transaction {
  const { facts, service } = options;
  return {
    query: <Row>(s: Statement<Row>, params: readonly unknown[] = []) =>
      runPrepared<Row>(client, s, params, parserFor),
    async run<Row>(q: Compiled) {
      return (await client.query({ text: q.sql, values: q.parameters as unknown[] })).rows as Row[];
    },
    record(event, change) {
      if (event.owner !== service)
        throw new Error(`${service} may not record ${event.name}: it belongs to ${event.owner}`);
      options.validateEvent?.(event, change.after ?? null);
      const root = change.root ?? change.entityId;
      const workspace = change.workspaceId === null ? null : uuidIn('workspace', change.workspaceId);
      const found = new Map<string, string>();
      const before = extractLongText(change.before ?? null, found);
      const after = extractLongText(change.after ?? null, found);
      if (found.size > 0) {
        const key = workspace ?? NO_WORKSPACE;
        const kept = texts.get(key) ?? new Map<string, string>();
        for (const [hash, body] of found) kept.set(hash, body);
        texts.set(key, kept);
      }
      const rootKind = kindOf(root);
      if (rootKind === null) throw new TypeError(`root is not an id: ${root.slice(0, 40)}`);
      const actor = change.actor === undefined ? facts.actor : change.actor;
      rows.push({
        ord: rows.length,
        id: uuidv7(),
        stream: change.stream,
        workspace_id: workspace,
        actor: actor === null ? null : uuidIn('user', actor),
        external_actor: change.externalActor ?? null,
        origin: change.origin ?? facts.origin,
        request_id: facts.requestId,
        mutation_id: facts.mutationId,
        batch_id: change.batchId ? uuidIn('batch', change.batchId) : null,
        event: event.name,
        entity: event.entity,
        entity_id: uuidIn(event.entity, change.entityId),
        root: uuidIn(rootKind, root),
        root_kind: rootKind,
        version: change.version,
        op: event.op,
        before,
        after,
        undoes: change.undoes ? uuidIn('change', change.undoes) : null,
        effective_at: change.effectiveAt ?? null,
        v: event.v,
      });
    },
    afterCommit: (effect) => void effects.push(effect),
  };
}

/** The UUID inside an id of this kind. Throws TypeError if it is not one; inputs are checked before they come here. */
export function uuidIn(kind: IdKind, id: string): string {
  const uuid = decodeId(kind, id);
  if (uuid === null) throw new TypeError(`not a ${kind} id: ${id.slice(0, 40)}`);
  return uuid;
}

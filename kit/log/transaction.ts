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
import type { Compiled, Database, Queryable, Statement } from '../db/database.ts';
import { isRetryable } from '../errors.ts';
import { extractLongText } from './long-text.ts';

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
  /** Runs after the commit, never after a rollback. For waking readers; faults are swallowed by the caller's logger. */
  afterCommit(effect: () => void): void;
}

interface AppendRow {
  ord: number;
  [column: string]: unknown;
}

const APPEND = { name: 'log.append', text: 'select id, stream, seq, at from log_append($1::jsonb)' };
const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const MAX_ATTEMPTS = 5;

export interface TransactionOptions {
  facts: WriteFacts;
  /** The service that writes; recording another owner's event throws. */
  service: string;
  /** Called last, before the log is appended; the place for the idempotency row. */
  beforeCommit?: (tx: Transaction, result: unknown) => Promise<void>;
  /** Called once after a commit that appended changes. */
  onCommitted?: (streams: string[]) => void;
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
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(db, options, work);
    } catch (error) {
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
  let broken: Error | undefined;
  try {
    const rows: AppendRow[] = [];
    const texts = new Map<string, Map<string, string>>();
    const effects: (() => void)[] = [];
    const tx = makeTransaction(client, options, rows, texts, effects);
    // Sent ahead of the first query without waiting for the answer; a fault shows in that query.
    const begun = client.query('begin');
    begun.catch(() => {});
    const result = await work(tx);
    await options.beforeCommit?.(tx, result);
    await begun;
    await commit(client, rows, texts);
    for (const effect of effects) effect();
    if (rows.length > 0) options.onCommitted?.([...new Set(rows.map((r) => r.stream as string))]);
    return result;
  } catch (error) {
    try {
      await client.query('rollback');
    } catch (fault) {
      broken = fault as Error;
    }
    throw error;
  } finally {
    client.release(broken);
  }
}

async function commit(
  client: pg.PoolClient,
  rows: AppendRow[],
  texts: Map<string, Map<string, string>>,
): Promise<void> {
  for (const [workspace, bodies] of texts) {
    await client.query(
      'insert into log_text (workspace_id, hash, body) select $1, * from unnest($2::text[], $3::text[]) on conflict do nothing',
      [workspace, [...bodies.keys()], [...bodies.values()]],
    );
  }
  const sent: Promise<unknown>[] = [];
  if (rows.length > 0) sent.push(client.query({ ...APPEND, values: [JSON.stringify(rows)] }));
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
    async query<Row>(s: Statement<Row>, params: readonly unknown[] = []) {
      return (await client.query({ name: s.name, text: s.text, values: params as unknown[] })).rows as Row[];
    },
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
        const key = workspace ?? NIL_UUID;
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

import { type Change, newId, uuidv7 } from '@gantry/contracts';
import pg from 'pg';
import { type Database, openDatabase } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import {
  type ChangeInput,
  inTransaction,
  type Transaction,
  type TransactionOptions,
} from '../log/transaction.ts';
import { noteCreated } from './notes.ts';

/** The log of the notes service in a fresh database, without a runtime around it. */
export interface LogDatabase {
  db: Database;
  /** One transaction that ends with the log entries it recorded. */
  write<T>(work: (tx: Transaction) => Promise<T>, options?: Partial<TransactionOptions>): Promise<T>;
  close(): Promise<void>;
}

/** Migrates `url` for the notes service and opens its pool. The database is the caller's to drop. */
export async function openLog(url: string, max = 8): Promise<LogDatabase> {
  await migrate(url, [{ schema: 'notes', folder: new URL('./migrations/', import.meta.url), log: true }]);
  const db = openDatabase({ url, schema: 'notes', max });
  return {
    db,
    write: (work, options) =>
      inTransaction(
        db,
        {
          service: 'notes',
          facts: { actor: null, origin: 'system', requestId: null, mutationId: null },
          ...options,
        },
        work,
      ),
    close: () => db.close(),
  };
}

/** A stream of the notes service that nobody else uses. */
export function aStream(): string {
  return `notes/book:${uuidv7()}`;
}

/** A change to record in a stream; its title is what tests tell changes apart by. */
export function aChange(
  stream: string,
  title: string,
  more: Partial<ChangeInput> = {},
): [typeof noteCreated, ChangeInput] {
  return [
    noteCreated,
    { stream, workspaceId: null, entityId: newId('task'), version: 1, after: { title }, ...more },
  ];
}

/** A change as a reader gets it, without a database behind it. */
export function publishedChange(stream: string, seq: number, more: Partial<Change> = {}): Change {
  const id = newId('task');
  return {
    id: newId('change'),
    stream,
    seq,
    workspace_id: null,
    at: new Date(Date.UTC(2026, 0, 1) + seq).toISOString(),
    actor: null,
    external_actor: null,
    origin: 'system',
    request_id: null,
    mutation_id: null,
    batch_id: null,
    event: noteCreated.name,
    entity: 'task',
    entity_id: id,
    root: id,
    version: 1,
    op: 'created',
    before: null,
    after: { title: `${seq}` },
    undoes: null,
    effective_at: null,
    v: 1,
    ...more,
  };
}

/** Runs SQL as the owner of the database: for tables and settings that a service's role may not make. */
export async function asAdmin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

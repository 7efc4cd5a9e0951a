import { encodeId, type Id } from '@gantry/contracts';
import { statement, type Transaction } from '@gantry/kit';
import { tasksStream } from '../context.ts';
import type { TaskEdit } from './task-edit.ts';
import type { TaskRow } from './tasks.store.ts';

export interface Overwritten {
  field: string;
  /** What somebody else had set, now replaced. */
  value: unknown;
  actor: Id<'user'> | null;
  seq: number;
}

const since = statement<{ seq: number; actor: string | null; after: Record<string, unknown> | null }>(
  'task.changes-since',
  `select seq, actor, after from log_change where stream = $1 and seq > $2 and root = $3 and event = 'task.updated' order by seq desc limit 500`,
);

/** Fields of the edit that somebody else set after `base`, with what they set: last writer wins, but is told. */
export async function overwrittenSince(
  tx: Transaction,
  me: Id<'user'>,
  row: TaskRow,
  edit: TaskEdit,
  base: number,
): Promise<Overwritten[]> {
  const changes = await tx.query(since, [tasksStream(row.project_id), base, row.id]);
  const names = Object.keys(edit).filter((name) => name !== 'base');
  return names.flatMap((name) => {
    const last = changes.find((c) => c.after !== null && name in c.after);
    const actor = last?.actor ? encodeId('user', last.actor) : null;
    return last && actor !== me ? [{ field: name, value: last.after?.[name], actor, seq: last.seq }] : [];
  });
}

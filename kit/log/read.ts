import { type Change, type ChangePage, RESYNC_BEHIND } from '@gantry/contracts';
import { type Compiled, type Queryable, statement } from '../db/database.ts';
import { CHANGE_COLUMNS, type ChangeRow, changeOf } from './change-row.ts';
import { longTextRefs, restoreLongText } from './long-text.ts';

const readStatement = statement<ChangeRow>(
  'log.read',
  `select ${CHANGE_COLUMNS} from log_change where stream = $1 and seq > $2 order by seq limit $3`,
);
const headStatement = statement<{ seq: number }>('log.head', 'select seq from log_stream where stream = $1');
const textStatement = statement<{ hash: string; body: string }>(
  'log.text',
  'select hash, body from log_text where hash = any($1)',
);

/** The last seq of a stream, 0 if it has none. */
export async function headOf(db: Queryable, stream: string): Promise<number> {
  return (await db.query(headStatement, [stream]))[0]?.seq ?? 0;
}

/** Up to `limit` changes of a stream after a seq, in order, long text put back. */
export async function readLog(
  db: Queryable,
  stream: string,
  after: number,
  limit: number,
): Promise<Change[]> {
  return restoreChanges(db, await db.query(readStatement, [stream, after, limit]));
}

/** One page of a stream for a client: `resync` if it is too far behind, or ahead of the log. */
export async function readChangePage(
  db: Queryable,
  stream: string,
  after: number,
  limit: number,
): Promise<ChangePage> {
  const head = await headOf(db, stream);
  const resync = head - after > RESYNC_BEHIND || after > head;
  const data = resync ? [] : await readLog(db, stream, after, limit);
  return { data, meta: { stream, head, resync } };
}

/** Changes of one root (a task's history), newest first; `beforeSeq` continues. */
export async function readHistory(db: Queryable, query: Compiled): Promise<Change[]> {
  return restoreChanges(db, await db.run<ChangeRow>(query));
}

/** Rows as changes with their long text put back. */
export async function restoreChanges(db: Queryable, rows: ChangeRow[]): Promise<Change[]> {
  const refs = new Set(rows.flatMap((row) => [...longTextRefs(row.before), ...longTextRefs(row.after)]));
  if (refs.size === 0) return rows.map(changeOf);
  const texts = new Map((await db.query(textStatement, [[...refs]])).map((t) => [t.hash, t.body]));
  return rows.map((row) =>
    changeOf({
      ...row,
      before: restoreLongText(row.before, texts),
      after: restoreLongText(row.after, texts),
    }),
  );
}

import { type Change, type ChangePage, RESYNC_BEHIND } from '@gantry/contracts';
import { type Compiled, type Queryable, statement } from '../db/database.ts';
import { CHANGE_COLUMNS, type ChangeRow, changeOf } from './change-row.ts';
import { longTextRefs, NO_WORKSPACE, restoreLongText } from './long-text.ts';

const readStatement = statement<ChangeRow>(
  'log.read',
  `select ${CHANGE_COLUMNS} from log_change where stream = $1 and seq > $2 order by seq limit $3`,
);
const headStatement = statement<{ seq: number }>('log.head', 'select seq from log_stream where stream = $1');
const textStatement = statement<{ workspace_id: string; hash: string; body: string }>(
  'log.text',
  `select t.workspace_id, t.hash, t.body from unnest($1::uuid[], $2::text[]) as x(workspace_id, hash)
    join log_text t on t.workspace_id = x.workspace_id and t.hash = x.hash`,
);

const NONE = new Map<string, string>();

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

/** Rows as changes with their long text put back, each from its own workspace. */
export async function restoreChanges(db: Pick<Queryable, 'query'>, rows: ChangeRow[]): Promise<Change[]> {
  const wanted = new Map<string, [string, string]>();
  for (const row of rows) {
    const workspace = row.workspace_id ?? NO_WORKSPACE;
    for (const fields of [row.before, row.after])
      for (const hash of longTextRefs(fields)) wanted.set(`${workspace} ${hash}`, [workspace, hash]);
  }
  const found = new Map<string, Map<string, string>>();
  if (wanted.size > 0) {
    const pairs = [...wanted.values()];
    const texts = await db.query(textStatement, [pairs.map(([w]) => w), pairs.map(([, h]) => h)]);
    for (const text of texts) {
      const kept = found.get(text.workspace_id) ?? new Map<string, string>();
      found.set(text.workspace_id, kept.set(text.hash, text.body));
    }
  }
  return rows.map((row) => {
    const texts = found.get(row.workspace_id ?? NO_WORKSPACE) ?? NONE;
    return changeOf({
      ...row,
      before: restoreLongText(row.before, texts),
      after: restoreLongText(row.after, texts),
    });
  });
}

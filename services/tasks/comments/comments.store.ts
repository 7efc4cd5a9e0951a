import { encodeId, type Id } from '@gantry/contracts';
import type { Comment } from '@gantry/contracts/tasks';
import { type Queryable, statement, type Transaction, uuidIn } from '@gantry/kit';
import type { TaskRow } from '../tasks/tasks.store.ts';

export interface CommentRow {
  id: string;
  task_id: string;
  project_id: string;
  workspace_id: string;
  user_id: string | null;
  external_author: Comment['external_author'];
  content: string;
  edited: boolean;
  version: number;
  created_at: string;
  updated_at: string;
}

export function commentOf(row: CommentRow): Comment {
  return {
    id: encodeId('comment', row.id),
    task_id: encodeId('task', row.task_id),
    user_id: row.user_id === null ? null : encodeId('user', row.user_id),
    external_author: row.external_author,
    content: row.content,
    edited: row.edited,
    version: row.version,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

const insert = statement<CommentRow>(
  'comment.insert',
  'insert into comments (id, task_id, project_id, workspace_id, user_id, content) values ($1, $2, $3, $4, $5, $6) returning *',
);
const count = statement(
  'comment.count-on-task',
  'update tasks set comment_count = comment_count + $2 where id = $1',
);
const lock = statement<CommentRow>(
  'comment.lock',
  'select * from comments where id = $1 and task_id = $2 and deleted_at is null for update',
);
const update = statement<CommentRow>(
  'comment.update',
  'update comments set content = $2, edited = true, version = version + 1, updated_at = now() where id = $1 returning *',
);
const trash = statement<CommentRow>(
  'comment.trash',
  'update comments set deleted_at = now(), version = version + 1 where id = $1 returning *',
);
const lockTrashed = statement<CommentRow & { deleted_at: string }>(
  'comment.lock-trashed',
  'select * from comments where id = $1 and deleted_at is not null for update',
);
const untrash = statement<CommentRow>(
  'comment.untrash',
  'update comments set deleted_at = null, version = version + 1 where id = $1 returning *',
);
const giveBack = statement<CommentRow>(
  'comment.give-back',
  'update comments set content = $2, edited = $3, version = version + 1, updated_at = now() where id = $1 returning *',
);
const list = statement<CommentRow>(
  'comment.list',
  'select * from comments where task_id = $1 and deleted_at is null order by created_at, id limit $2 offset $3',
);
const total = statement<{ n: number }>(
  'comment.total',
  'select count(*) as n from comments where task_id = $1 and deleted_at is null',
);

export async function insertComment(
  tx: Transaction,
  task: TaskRow,
  id: Id<'comment'>,
  userId: Id<'user'>,
  content: string,
): Promise<CommentRow> {
  const [row] = await tx.query(insert, [
    uuidIn('comment', id),
    task.id,
    task.project_id,
    task.workspace_id,
    uuidIn('user', userId),
    content,
  ]);
  await tx.query(count, [task.id, 1]);
  return row as CommentRow;
}

export async function lockComment(
  tx: Transaction,
  taskUuid: string,
  id: Id<'comment'>,
): Promise<CommentRow | undefined> {
  return (await tx.query(lock, [uuidIn('comment', id), taskUuid]))[0];
}

export async function saveComment(tx: Transaction, uuid: string, content: string): Promise<CommentRow> {
  return (await tx.query(update, [uuid, content]))[0] as CommentRow;
}

export async function trashComment(tx: Transaction, row: CommentRow): Promise<CommentRow> {
  await tx.query(count, [row.task_id, -1]);
  return (await tx.query(trash, [row.id]))[0] as CommentRow;
}

export async function lockTrashedComment(
  tx: Transaction,
  id: Id<'comment'>,
): Promise<(CommentRow & { deleted_at: string }) | undefined> {
  return (await tx.query(lockTrashed, [uuidIn('comment', id)]))[0];
}

/** Takes a deleted comment back; its task counts it again. */
export async function untrashComment(tx: Transaction, row: CommentRow): Promise<CommentRow> {
  await tx.query(count, [row.task_id, 1]);
  return (await tx.query(untrash, [row.id]))[0] as CommentRow;
}

/** Gives a comment an earlier content back, with the mark it had then. */
export async function giveCommentBack(
  tx: Transaction,
  uuid: string,
  content: string,
  edited: boolean,
): Promise<CommentRow> {
  return (await tx.query(giveBack, [uuid, content, edited]))[0] as CommentRow;
}

export async function listCommentRows(
  db: Queryable,
  taskUuid: string,
  limit: number,
  offset: number,
): Promise<{ rows: CommentRow[]; total: number }> {
  const [rows, [n]] = await Promise.all([
    db.query(list, [taskUuid, limit, offset]),
    db.query(total, [taskUuid]),
  ]);
  return { rows, total: n?.n ?? 0 };
}

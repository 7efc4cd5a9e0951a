import { encodeId, type Id, type List, newId, projectAllows } from '@gantry/contracts';
import { type Comment, commentCreated, commentDeleted, commentUpdated } from '@gantry/contracts/tasks';
import { fail, listOf, pageOf } from '@gantry/kit';
import { type Ctx, tasksStream } from '../context.ts';
import { lockTask } from '../tasks/tasks.store.ts';
import { requireTask } from '../tasks/tasks.ts';
import {
  type CommentRow,
  commentOf,
  insertComment,
  listCommentRows,
  lockComment,
  saveComment,
  trashComment,
} from './comments.store.ts';

export async function listComments(
  ctx: Ctx,
  taskId: Id<'task'>,
  query: { page?: number; limit?: number },
): Promise<List<Comment>> {
  const { row } = await requireTask(ctx, taskId, 'comment.view');
  const page = pageOf(query);
  const { rows, total } = await listCommentRows(ctx.db, row.id, page.limit, page.offset);
  return listOf(rows.map(commentOf), total, page);
}

export async function addComment(
  ctx: Ctx,
  taskId: Id<'task'>,
  input: { id?: Id<'comment'>; content: string },
): Promise<Comment> {
  await requireTask(ctx, taskId, 'comment.create');
  return ctx.write(async (tx) => {
    const task = await lockTask(tx, taskId);
    if (!task) throw fail('not_found');
    const row = await insertComment(tx, task, input.id ?? newId('comment'), ctx.userId, input.content);
    const comment = commentOf(row);
    tx.record(commentCreated, { ...placeOf(row), version: 1, after: comment });
    return comment;
  });
}

export async function updateComment(
  ctx: Ctx,
  taskId: Id<'task'>,
  commentId: Id<'comment'>,
  content: string,
): Promise<Comment> {
  const { row: task } = await requireTask(ctx, taskId, 'comment.edit.own');
  return ctx.write(async (tx) => {
    const row = await lockComment(tx, task.id, commentId);
    if (!row) throw fail('not_found');
    if (!isMine(ctx, row)) throw fail('forbidden', { detail: 'Only its author may edit a comment.' });
    ctx.checkVersion(row.version);
    if (row.content === content) return commentOf(row);
    const saved = commentOf(await saveComment(tx, row.id, content));
    tx.record(commentUpdated, {
      ...placeOf(row),
      version: saved.version,
      before: { content: row.content, edited: row.edited },
      after: { task_id: taskId, content, edited: true, updated_at: saved.updated_at },
    });
    return saved;
  });
}

export async function deleteComment(
  ctx: Ctx,
  taskId: Id<'task'>,
  commentId: Id<'comment'>,
): Promise<undefined> {
  const { row: task, facts } = await requireTask(ctx, taskId, 'comment.view');
  return ctx.write(async (tx) => {
    await lockTask(tx, taskId);
    const row = await lockComment(tx, task.id, commentId);
    if (!row) throw fail('not_found');
    const allowed =
      projectAllows(facts.role, 'comment.delete.any') ||
      (isMine(ctx, row) && projectAllows(facts.role, 'comment.edit.own'));
    if (!allowed)
      throw fail('forbidden', { detail: 'Only its author or an admin of the project may delete a comment.' });
    ctx.checkVersion(row.version);
    const gone = await trashComment(tx, row);
    tx.record(commentDeleted, {
      ...placeOf(row),
      version: gone.version,
      before: { content: row.content },
      after: { task_id: taskId },
    });
    return undefined;
  });
}

export function isMine(ctx: Ctx, row: CommentRow): boolean {
  return row.user_id !== null && encodeId('user', row.user_id) === ctx.userId;
}

export function placeOf(row: CommentRow) {
  return {
    stream: tasksStream(row.project_id),
    workspaceId: encodeId('workspace', row.workspace_id),
    entityId: encodeId('comment', row.id),
    root: encodeId('task', row.task_id),
  };
}

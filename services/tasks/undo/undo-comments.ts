import { type Change, type Id, projectAllows } from '@gantry/contracts';
import { commentDeleted, commentRestored, commentUpdated, type Kept } from '@gantry/contracts/tasks';
import { statement, type Transaction, uuidIn } from '@gantry/kit';
import {
  type CommentRow,
  commentOf,
  giveCommentBack,
  lockComment,
  lockTrashedComment,
  trashComment,
  untrashComment,
} from '../comments/comments.store.ts';
import { isMine, placeOf } from '../comments/comments.ts';
import type { Ctx } from '../context.ts';
import { lockTask } from '../tasks/tasks.store.ts';
import type { Undoing } from './undoing.ts';

const deletedAt = statement<{ deleted_at: string | null }>(
  'undo.comment-deletions',
  `select max(at) as deleted_at from log_change where entity_id = $1 and root = $2 and event = 'task.comment.deleted' and id <> $3
     and seq > $4 and stream = $5`,
);

/** Undoes a change of a comment, by the rules comments have: the author edits, the author or an admin deletes and restores. */
export async function undoComment(
  tx: Transaction,
  ctx: Ctx,
  undoing: Undoing,
  change: Change,
): Promise<Kept['reason'] | null> {
  const task = await lockTask(tx, change.root);
  if (!task || task.project_id !== undoing.projectUuid) return 'gone';
  const id: Id<'comment'> = change.entity_id;
  const facts = { batchId: undoing.batchId, undoes: change.id };
  if (change.op === 'deleted') {
    const row = await lockTrashedComment(tx, id);
    if (!row || row.task_id !== task.id) return 'changed_since';
    if (!mayDelete(ctx, undoing, row)) return 'forbidden';
    const later = await tx.query(deletedAt, [
      row.id,
      row.task_id,
      uuidIn('change', change.id),
      change.seq,
      change.stream,
    ]);
    if (later[0]?.deleted_at) return 'changed_since';
    const back = await untrashComment(tx, row);
    tx.record(commentRestored, { ...placeOf(back), version: back.version, after: commentOf(back), ...facts });
    return null;
  }
  const row = await lockComment(tx, task.id, id);
  if (!row) return 'gone';
  if (change.op === 'updated') {
    if (!isMine(ctx, row) || !projectAllows(undoing.facts.role, 'comment.edit.own')) return 'forbidden';
    if (row.content !== change.after?.content) return 'changed_since';
    const saved = await giveCommentBack(
      tx,
      row.id,
      String(change.before?.content ?? ''),
      change.before?.edited === true,
    );
    const after = {
      task_id: change.root,
      content: saved.content,
      edited: saved.edited,
      updated_at: saved.updated_at,
    };
    const before = { content: row.content, edited: row.edited };
    tx.record(commentUpdated, { ...placeOf(row), version: saved.version, before, after, ...facts });
    return null;
  }
  if (!mayDelete(ctx, undoing, row)) return 'forbidden';
  const gone = await trashComment(tx, row);
  const before = { content: row.content };
  tx.record(commentDeleted, {
    ...placeOf(row),
    version: gone.version,
    before,
    after: { task_id: change.root },
    ...facts,
  });
  return null;
}

function mayDelete(ctx: Ctx, { facts }: Undoing, row: CommentRow): boolean {
  return (
    projectAllows(facts.role, 'comment.delete.any') ||
    (isMine(ctx, row) && projectAllows(facts.role, 'comment.edit.own'))
  );
}

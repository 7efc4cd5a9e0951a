import { encodeId, type Id, newId } from '@gantry/contracts';
import { commentCreated, type Task, taskCreated, taskUpdated } from '@gantry/contracts/tasks';
import { type Queryable, type Transaction, uuidIn } from '@gantry/kit';
import { type CommentRow, commentOf } from '../comments/comments.store.ts';
import { tasksStream } from '../context.ts';
import { type TaskRow, taskOf } from '../tasks/tasks.store.ts';
import type { PlanChange, PlanComment, TaskState } from './import-plan.ts';
import { type ImportRow, insertRaw } from './imports.store.ts';
import type { ChunkTask } from './planner.ts';
import type { WrittenRefs } from './write-columns.ts';
import {
  addToParents,
  insertComments,
  insertRefs,
  insertTasks,
  reserveNumbers,
  tasksOf,
} from './write-tasks.store.ts';

/** Where and for whom tasks are written. */
interface Target {
  job: ImportRow;
  refs: WrittenRefs;
  /** Prefix of task keys. */
  key: string;
  /** For what has no time of its own. */
  now: string;
}

/** A planned task with the row it becomes. */
interface Draft {
  plan: ChunkTask;
  row: TaskRow;
  comments: CommentRow[];
}

/** A chunk ready to write. */
export interface Drafts {
  target: Target;
  drafts: Draft[];
  /** UUIDs of the new tasks by foreign id. */
  made: Map<string, string>;
  /** New subtasks of parents that are not among these, by the parent's UUID. */
  elsewhere: Map<string, { count: number; done: number }>;
}

/**
 * Rows for these tasks, with numbers of their own. Tasks an earlier import brought, and subtasks of tasks that are
 * gone, are left out.
 */
export async function draftTasks(
  db: Queryable,
  job: ImportRow,
  refs: WrittenRefs,
  key: string,
  tasks: readonly ChunkTask[],
): Promise<Drafts> {
  const target: Target = { job, refs, key, now: new Date().toISOString() };
  const parents = tasks.flatMap((task) => task.parent ?? []);
  const known = await tasksOf(db, job, [...tasks.map((task) => task.external_id), ...parents]);
  const drafts: Draft[] = [];
  const made = new Map<string, string>();
  for (const plan of tasks) {
    const parent = plan.parent === null ? null : (made.get(plan.parent) ?? known.get(plan.parent));
    if (known.has(plan.external_id) || parent === undefined) continue;
    const draft = draftOf(target, plan, parent);
    made.set(plan.external_id, draft.row.id);
    drafts.push(draft);
  }
  const first = await reserveNumbers(db, job.project_id, drafts.length);
  for (const [i, { row }] of drafts.entries()) row.number = first + i;
  return { target, drafts, made, elsewhere: countInParents(drafts) };
}

/** Writes drafts with their history and comments in this transaction. */
export async function writeDrafts(
  tx: Transaction,
  { target, drafts, made, elsewhere }: Drafts,
): Promise<void> {
  const { job } = target;
  const raw = drafts.flatMap(({ plan, row }) =>
    plan.raw === null ? [] : [{ taskUuid: row.id, kind: 'card', raw: plan.raw }],
  );
  const rows = drafts.map(({ row }) => row);
  const comments = drafts.flatMap((draft) => draft.comments);
  // Sent at once, done in this order: comments need their tasks.
  await Promise.all([
    insertRefs(tx, job, made),
    insertRaw(tx, job, raw),
    insertTasks(tx, rows),
    insertComments(tx, comments),
    addToParents(tx, elsewhere),
  ]);
  for (const draft of drafts) recordTask(tx, target, draft);
}

function draftOf({ job, refs, now }: Target, plan: ChunkTask, parent: string | null): Draft {
  const id = uuidIn('task', newId('task'));
  const { final } = plan;
  const status = statusOf(refs, final.status);
  const assignees = final.assignees.map((user) => uuidIn('user', user));
  const created_at = plan.created_at ?? now;
  const row: TaskRow = {
    id,
    workspace_id: job.workspace_id,
    project_id: job.project_id,
    number: 0,
    title: final.title,
    description: final.description,
    status: status.key,
    status_id: uuidIn('status', status.id),
    priority: 'none',
    assigned_to_id: assignees[0] ?? null,
    assignee_ids: assignees,
    label_ids: final.labels.flatMap((ref) => labelIn(refs, ref)).map((label) => uuidIn('label', label)),
    parent_id: parent,
    start_date: final.start_date,
    due_date: final.due_date,
    rank: plan.rank,
    comment_count: plan.comments.length,
    subtask_count: 0,
    subtask_done_count: 0,
    archived: final.archived,
    created_by_id: null,
    external: externalOf(job, plan, final.people),
    completed_at: final.completed_at,
    version: 1 + plan.history.length,
    created_at,
    updated_at: plan.updated_at ?? created_at,
  };
  return { plan, row, comments: plan.comments.map((comment) => commentRow(job, id, comment)) };
}

function commentRow(job: ImportRow, taskUuid: string, comment: PlanComment): CommentRow {
  return {
    id: uuidIn('comment', newId('comment')),
    task_id: taskUuid,
    project_id: job.project_id,
    workspace_id: job.workspace_id,
    user_id: null,
    external_author: comment.author,
    content: comment.content,
    edited: comment.edited_at !== null,
    version: 1,
    created_at: comment.created_at,
    updated_at: comment.edited_at ?? comment.created_at,
  };
}

/** Counts new subtasks in the rows of their parents; gives the counts of parents that are not among these. */
function countInParents(drafts: readonly Draft[]): Map<string, { count: number; done: number }> {
  const rows = new Map(drafts.map(({ row }) => [row.id, row]));
  const elsewhere = new Map<string, { count: number; done: number }>();
  for (const { row } of drafts) {
    if (row.parent_id === null) continue;
    const done = row.completed_at === null ? 0 : 1;
    const parent = rows.get(row.parent_id);
    const counts = elsewhere.get(row.parent_id) ?? { count: 0, done: 0 };
    if (parent) {
      parent.subtask_count += 1;
      parent.subtask_done_count += done;
    } else elsewhere.set(row.parent_id, { count: counts.count + 1, done: counts.done + done });
  }
  return elsewhere;
}

/** Logs how the task was made, then its changes and comments in the order they happened. */
function recordTask(tx: Transaction, target: Target, { plan, row, comments }: Draft): void {
  const { job, now } = target;
  const task = taskOf(row, target.key);
  const place = {
    stream: tasksStream(job.project_id),
    workspaceId: task.workspace_id,
    root: task.id,
  };
  tx.record(taskCreated, {
    ...place,
    entityId: task.id,
    version: 1,
    after: {
      ...task,
      ...fieldsOf(target, plan, plan.initial),
      comment_count: 0,
      subtask_count: 0,
      subtask_done_count: 0,
      version: 1,
      updated_at: plan.history.length === 0 ? task.updated_at : task.created_at,
    },
    externalActor: plan.creator,
    effectiveAt: plan.created_at,
  });
  const changes = plan.history.map((change, i) => ({
    at: change.at ?? now,
    record: () =>
      tx.record(taskUpdated, {
        ...place,
        entityId: task.id,
        version: i + 2,
        before: fieldsOf(target, plan, change.before),
        after: { ...fieldsOf(target, plan, change.after), updated_at: updatedAt(plan, change, i, task) },
        externalActor: change.actor,
        effectiveAt: change.at,
      }),
  }));
  const said = comments.map((comment) => ({
    at: comment.created_at,
    record: () =>
      tx.record(commentCreated, {
        ...place,
        entityId: encodeId('comment', comment.id),
        version: 1,
        after: commentOf(comment),
        externalActor: comment.external_author,
        effectiveAt: comment.created_at,
      }),
  }));
  // Changes stay in their order whatever their times say; comments are put between them.
  for (const entry of merged(changes, said)) entry.record();
}

function updatedAt(plan: ChunkTask, change: PlanChange, index: number, task: Task): string {
  return index === plan.history.length - 1 ? task.updated_at : (change.at ?? task.updated_at);
}

function merged<T extends { at: string }>(first: readonly T[], second: readonly T[]): T[] {
  const result: T[] = [];
  let next = 0;
  for (const entry of first) {
    while (next < second.length && (second[next] as T).at < entry.at) result.push(second[next++] as T);
    result.push(entry);
  }
  return [...result, ...second.slice(next)];
}

/** Fields of a state as the API names them. */
function fieldsOf({ job, refs }: Target, plan: ChunkTask, state: Partial<TaskState>): Partial<Task> {
  const { status, assignees, people, labels, ...same } = state;
  const column = status === undefined ? null : statusOf(refs, status);
  return {
    ...same,
    ...(column === null ? {} : { status: column.key, status_id: column.id }),
    ...(assignees === undefined ? {} : { assignee_ids: assignees, assigned_to_id: assignees[0] ?? null }),
    ...(labels === undefined ? {} : { label_ids: labels.flatMap((ref) => labelIn(refs, ref)) }),
    ...(people === undefined ? {} : { external: externalOf(job, plan, people) }),
  };
}

function externalOf(job: ImportRow, plan: ChunkTask, people: string[]): Task['external'] {
  return { source: job.source, id: plan.external_id, url: plan.url, people, links: plan.links };
}

function statusOf(refs: WrittenRefs, ref: string) {
  const status = refs.statuses[ref];
  if (status === undefined) throw new Error(`the plan names a status it does not have: ${ref}`);
  return status;
}

function labelIn(refs: WrittenRefs, ref: string): Id<'label'>[] {
  const label = refs.labels[ref];
  return label === undefined ? [] : [label];
}

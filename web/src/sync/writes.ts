import type { Comment, Label, Task } from '@gantry/contracts/tasks';
import type { Draft, ProjectState } from './project-state.ts';

/** Fields of a task one may set; sets change by add and remove. */
export interface TaskPatch {
  title?: string;
  description?: string;
  status_id?: string;
  priority?: Task['priority'];
  parent_id?: string | null;
  start_date?: string | null;
  due_date?: string | null;
  rank?: string;
  archived?: boolean;
  add_assignee_ids?: string[];
  remove_assignee_ids?: string[];
  add_label_ids?: string[];
  remove_label_ids?: string[];
}

export interface NewTask {
  id: string;
  title: string;
  status_id: string;
  rank: string;
  priority?: Task['priority'];
  parent_id?: string | null;
  description?: string;
  assignee_ids?: string[];
  label_ids?: string[];
  due_date?: string | null;
}

/** What somebody did, as plain data: shown at once, sent behind, and kept until the log has it. */
export type Intent =
  | { kind: 'task.create'; task: NewTask }
  | { kind: 'task.update'; taskId: string; patch: TaskPatch }
  | { kind: 'task.delete'; taskId: string }
  | { kind: 'task.restore'; taskId: string }
  | { kind: 'comment.create'; taskId: string; commentId: string; content: string }
  | { kind: 'comment.update'; taskId: string; commentId: string; content: string }
  | { kind: 'comment.delete'; taskId: string; commentId: string }
  | { kind: 'label.create'; label: { id: string; name: string; color: Label['color'] } };

export interface Write {
  /** Sent as mutation id and as Idempotency-Key: however often it is sent, it happens once. */
  readonly id: string;
  readonly intent: Intent;
  readonly at: string;
}

export interface WriteContext {
  projectId: string;
  workspaceId: string;
  userId: string;
}

/** The things a write is about, in the order they must exist: later writes on them wait for this one. */
export function touchesOf(intent: Intent): string[] {
  switch (intent.kind) {
    case 'task.create':
      return [
        intent.task.id,
        ...(intent.task.parent_id ? [intent.task.parent_id] : []),
        ...(intent.task.label_ids ?? []),
      ];
    case 'task.update':
      return [
        intent.taskId,
        ...(intent.patch.parent_id ? [intent.patch.parent_id] : []),
        ...(intent.patch.add_label_ids ?? []),
      ];
    case 'label.create':
      return [intent.label.id];
    default:
      return [intent.taskId];
  }
}

/** Shows a write that the log does not have yet. */
export function applyWrite(draft: Draft, write: Write, context: WriteContext): void {
  const { intent } = write;
  const { state } = draft;
  switch (intent.kind) {
    case 'task.create':
      if (!state.tasks.has(intent.task.id))
        draft.putTask(provisionalTask(write, intent.task, state, context));
      return;
    case 'task.update': {
      const task = state.tasks.get(intent.taskId);
      if (task) draft.putTask(patchTask(task, intent.patch, state));
      return;
    }
    case 'task.delete':
      draft.dropTask(intent.taskId);
      return;
    case 'task.restore': {
      const task = state.trash.get(intent.taskId);
      if (task) draft.putTask(task);
      return;
    }
    case 'comment.create':
      if (!state.comments.get(intent.taskId)?.has(intent.commentId))
        draft.putComment(provisionalComment(write, intent, context));
      return;
    case 'comment.update': {
      const comment = state.comments.get(intent.taskId)?.get(intent.commentId);
      if (comment) draft.putComment({ ...comment, content: intent.content, edited: true });
      return;
    }
    case 'comment.delete': {
      const list = state.comments.get(intent.taskId);
      if (!list?.has(intent.commentId)) return;
      const rest = new Map(list);
      rest.delete(intent.commentId);
      draft.setComments(intent.taskId, rest);
      return;
    }
    case 'label.create':
      if (!state.labels.has(intent.label.id))
        draft.putLabel({ ...intent.label, project_id: context.projectId, version: 0 });
      return;
  }
}

export function patchTask(task: Task, patch: TaskPatch, state: ProjectState): Task {
  const {
    add_assignee_ids: addPeople = [],
    remove_assignee_ids: removePeople = [],
    add_label_ids: addLabels = [],
    remove_label_ids: removeLabels = [],
    ...fields
  } = patch;
  const assignees = changeSet(task.assignee_ids, addPeople, removePeople);
  const status = fields.status_id ? (state.statuses.get(fields.status_id)?.key ?? task.status) : task.status;
  return {
    ...task,
    ...fields,
    status,
    assignee_ids: assignees,
    assigned_to_id: assignees[0] ?? null,
    label_ids: changeSet(task.label_ids, addLabels, removeLabels),
  };
}

function changeSet(held: string[], add: string[], remove: string[]): string[] {
  if (add.length === 0 && remove.length === 0) return held;
  return [...held.filter((id) => !remove.includes(id)), ...add.filter((id) => !held.includes(id))];
}

function provisionalTask(write: Write, task: NewTask, state: ProjectState, context: WriteContext): Task {
  const assignees = task.assignee_ids ?? [];
  return {
    id: task.id,
    workspace_id: context.workspaceId,
    project_id: context.projectId,
    key: '',
    number: Number.MAX_SAFE_INTEGER,
    title: task.title,
    description: task.description ?? '',
    status: state.statuses.get(task.status_id)?.key ?? '',
    status_id: task.status_id,
    priority: task.priority ?? 'none',
    assigned_to_id: assignees[0] ?? null,
    assignee_ids: assignees,
    label_ids: task.label_ids ?? [],
    parent_id: task.parent_id ?? null,
    start_date: null,
    due_date: task.due_date ?? null,
    rank: task.rank,
    comment_count: 0,
    subtask_count: 0,
    subtask_done_count: 0,
    archived: false,
    created_by_id: context.userId,
    external: null,
    completed_at: null,
    version: 0,
    created_at: write.at,
    updated_at: write.at,
  };
}

function provisionalComment(
  write: Write,
  intent: Extract<Intent, { kind: 'comment.create' }>,
  context: WriteContext,
): Comment {
  return {
    id: intent.commentId,
    task_id: intent.taskId,
    user_id: context.userId,
    external_author: null,
    content: intent.content,
    edited: false,
    version: 0,
    created_at: write.at,
    updated_at: write.at,
  };
}

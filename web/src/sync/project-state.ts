import type { Change } from '@gantry/contracts';
import type { Comment, Label, Status, Task } from '@gantry/contracts/tasks';

/** A live copy of one project as of `seq` of its stream. Never changed in place. */
export interface ProjectState {
  readonly seq: number;
  readonly tasks: ReadonlyMap<string, Task>;
  /** Deleted while we watched; kept so that a restore finds its fields. */
  readonly trash: ReadonlyMap<string, Task>;
  readonly statuses: ReadonlyMap<string, Status>;
  readonly labels: ReadonlyMap<string, Label>;
  /** By task, then by comment; only tasks whose comments were read. */
  readonly comments: ReadonlyMap<string, ReadonlyMap<string, Comment>>;
  /** Comments deleted while we watched: a slow list must not bring them back. */
  readonly gone: ReadonlySet<string>;
  /** Tasks heard of in part only; somebody has to read them whole. */
  readonly partial: ReadonlySet<string>;
}

export const EMPTY_PROJECT: ProjectState = {
  seq: 0,
  tasks: new Map(),
  trash: new Map(),
  statuses: new Map(),
  labels: new Map(),
  comments: new Map(),
  gone: new Set(),
  partial: new Set(),
};

/** What changed, by key: a task's id, `statuses`, `labels`, `comments:<task id>`. */
export type Touched = Set<string>;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Builds the next state: copies a map the first time it is written, remembers what was touched. */
export class Draft {
  private readonly next: Writable<ProjectState>;
  private readonly copied = new Set<string>();
  readonly touched: Touched = new Set();

  constructor(state: ProjectState) {
    this.next = { ...state };
  }

  get state(): ProjectState {
    return this.next;
  }

  set seq(seq: number) {
    this.next.seq = seq;
  }

  private own<K extends 'tasks' | 'trash' | 'statuses' | 'labels' | 'comments'>(name: K) {
    if (!this.copied.has(name)) {
      this.copied.add(name);
      this.next[name] = new Map(this.next[name] as ReadonlyMap<string, never>) as never;
    }
    return this.next[name] as unknown as ProjectState[K] extends ReadonlyMap<string, infer V>
      ? Map<string, V>
      : never;
  }

  putTask(task: Task): void {
    this.own('tasks').set(task.id, task);
    if (this.next.trash.has(task.id)) this.own('trash').delete(task.id);
    this.touched.add(task.id);
  }

  dropTask(id: string): void {
    const task = this.next.tasks.get(id);
    if (!task) return;
    this.own('tasks').delete(id);
    this.own('trash').set(id, task);
    this.touched.add(id);
  }

  patchTrash(task: Task): void {
    this.own('trash').set(task.id, task);
  }

  /** Counts of comments follow the log of comments; a task's own changes do not carry them. */
  countComment(taskId: string, by: number): void {
    const here = this.next.tasks.get(taskId);
    const task = here ?? this.next.trash.get(taskId);
    if (!task) return;
    const counted = { ...task, comment_count: Math.max(0, task.comment_count + by) };
    this.own(here ? 'tasks' : 'trash').set(taskId, counted);
    this.touched.add(taskId);
  }

  setPartial(id: string, partial: boolean): void {
    if (this.next.partial.has(id) === partial) return;
    const set = new Set(this.next.partial);
    if (partial) set.add(id);
    else set.delete(id);
    this.next.partial = set;
  }

  putStatus(status: Status): void {
    this.own('statuses').set(status.id, status);
    this.touched.add('statuses');
  }

  dropStatus(id: string): void {
    if (this.next.statuses.has(id)) this.own('statuses').delete(id);
    this.touched.add('statuses');
  }

  putLabel(label: Label): void {
    this.own('labels').set(label.id, label);
    this.touched.add('labels');
  }

  dropLabel(id: string): void {
    if (this.next.labels.has(id)) this.own('labels').delete(id);
    this.touched.add('labels');
  }

  /** Once all comments of a task are held, their number is the count, whatever was counted before. */
  setComments(taskId: string, comments: ReadonlyMap<string, Comment>): void {
    this.own('comments').set(taskId, comments);
    this.touched.add(`comments:${taskId}`);
    const held = this.next.tasks.get(taskId)?.comment_count ?? comments.size;
    if (held !== comments.size) this.countComment(taskId, comments.size - held);
  }

  putComment(comment: Comment): void {
    const list = this.next.comments.get(comment.task_id);
    if (!list) return;
    this.setComments(comment.task_id, new Map(list).set(comment.id, comment));
  }

  dropComment(taskId: string, id: string): void {
    this.next.gone = new Set(this.next.gone).add(id);
    const list = this.next.comments.get(taskId);
    if (!list?.has(id)) return;
    const rest = new Map(list);
    rest.delete(id);
    this.setComments(taskId, rest);
  }
}

/**
 * The state after these changes of its stream, and what they touched. Changes at or below `seq` are held already
 * and do nothing, so a change that comes late or twice leaves the same state. The caller sees to it that there
 * is no gap.
 */
export function applyChanges(
  state: ProjectState,
  changes: readonly Change[],
): { state: ProjectState; touched: Touched } {
  const draft = new Draft(state);
  for (const change of changes) {
    if (change.seq <= draft.state.seq) continue;
    applyOne(draft, change);
    draft.seq = change.seq;
  }
  return { state: draft.state, touched: draft.touched };
}

/** As applyChanges, for one. */
export function applyChange(state: ProjectState, change: Change): ProjectState {
  return applyChanges(state, [change]).state;
}

function applyOne(draft: Draft, change: Change): void {
  switch (change.entity) {
    case 'task':
      applyTask(draft, change);
      return;
    case 'comment':
      applyComment(draft, change);
      return;
    case 'status':
      applyStatus(draft, change);
      return;
    case 'label':
      applyLabel(draft, change);
      return;
    default:
      // A newer server may log nouns this app does not show yet.
      return;
  }
}

function applyTask(draft: Draft, change: Change): void {
  const id = change.entity_id;
  if (change.op === 'deleted' || change.op === 'left') {
    draft.dropTask(id);
    return;
  }
  const { tasks, trash } = draft.state;
  const here = tasks.get(id);
  const held = here ?? trash.get(id);
  const revives = change.op === 'restored' || change.op === 'created' || change.op === 'entered';
  if (held && held.version >= change.version && (here || !revives)) return;
  const merged = { ...held, ...change.after, id, version: change.version } as Task;
  if (!here && held && !revives) {
    draft.patchTrash(merged);
    return;
  }
  if (!isWholeTask(merged)) {
    draft.setPartial(id, true);
    return;
  }
  draft.setPartial(id, false);
  draft.putTask(merged);
}

function isWholeTask(task: Partial<Task>): task is Task {
  return (
    typeof task.title === 'string' &&
    typeof task.status_id === 'string' &&
    typeof task.rank === 'string' &&
    typeof task.key === 'string' &&
    Array.isArray(task.assignee_ids) &&
    Array.isArray(task.label_ids)
  );
}

function applyComment(draft: Draft, change: Change): void {
  const taskId = String(change.after?.task_id ?? change.before?.task_id ?? change.root);
  const id = change.entity_id;
  const listed = draft.state.comments.has(taskId);
  if (change.op === 'deleted') {
    if (!listed) draft.countComment(taskId, -1);
    draft.dropComment(taskId, id);
    return;
  }
  if ((change.op === 'created' || change.op === 'restored') && !listed) draft.countComment(taskId, 1);
  const held = draft.state.comments.get(taskId)?.get(id);
  if (held && held.version >= change.version) return;
  if (!held && change.op === 'updated') return;
  draft.putComment({ ...held, ...change.after, id, task_id: taskId, version: change.version } as Comment);
}

function applyStatus(draft: Draft, change: Change): void {
  if (change.op === 'deleted') {
    draft.dropStatus(change.entity_id);
    return;
  }
  const held = draft.state.statuses.get(change.entity_id);
  if (held && held.version >= change.version) return;
  draft.putStatus({ ...held, ...change.after, id: change.entity_id, version: change.version } as Status);
}

function applyLabel(draft: Draft, change: Change): void {
  if (change.op === 'deleted') {
    draft.dropLabel(change.entity_id);
    return;
  }
  const held = draft.state.labels.get(change.entity_id);
  if (held && held.version >= change.version) return;
  draft.putLabel({ ...held, ...change.after, id: change.entity_id, version: change.version } as Label);
}

/**
 * Takes in a whole task from an answer (not from the log). An older version than the one held does nothing.
 * The comment count stays as the log told it: an answer may be ahead of the comments we have heard of.
 */
export function mergeTask(draft: Draft, task: Task): void {
  const held = draft.state.tasks.get(task.id);
  if (held && held.version >= task.version) return;
  draft.setPartial(task.id, false);
  draft.putTask(held ? { ...task, comment_count: held.comment_count } : task);
}

/** Takes in a comment from an answer. */
export function mergeComment(draft: Draft, comment: Comment): void {
  if (draft.state.gone.has(comment.id)) return;
  const held = draft.state.comments.get(comment.task_id)?.get(comment.id);
  if (held && held.version >= comment.version) return;
  draft.putComment(comment);
}

/** Takes in a task's list of comments as just read, keeping newer versions already held. */
export function mergeCommentList(draft: Draft, taskId: string, comments: readonly Comment[]): void {
  const held = draft.state.comments.get(taskId);
  const list = new Map(held);
  for (const comment of comments) {
    const mine = list.get(comment.id);
    if (draft.state.gone.has(comment.id) || (mine && mine.version >= comment.version)) continue;
    list.set(comment.id, comment);
  }
  draft.setComments(taskId, list);
}

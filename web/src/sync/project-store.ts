import { ApiProblem, type Change, type ChangePage, decodeId, rankBetween, uuidv7 } from '@gantry/contracts';
import type { Presence } from '@gantry/contracts/notifications';
import type { Comment, Label, Status, Task } from '@gantry/contracts/tasks';
import { BoardIndex } from './board-index.ts';
import type { LiveSocket } from './live-socket.ts';
import { browserTimers, Outbox, type Timers } from './outbox.ts';
import {
  applyChanges,
  Draft,
  EMPTY_PROJECT,
  mergeComment,
  mergeCommentList,
  mergeTask,
  type ProjectState,
  type Touched,
} from './project-state.ts';
import { readSnapshot } from './snapshot.ts';
import { applyWrite, type Intent, type TaskPatch, type Write, type WriteContext } from './writes.ts';

/** What the server answered to a write, as far as the store can use it. */
export type WriteAnswer = { task?: Task; comment?: Comment; label?: Label } | undefined;

/** The server, as the store needs it. */
export interface ProjectServer {
  snapshot(projectId: string): Promise<ReadableStream<Uint8Array>>;
  changes(projectId: string, after: number): Promise<ChangePage>;
  task(taskId: string): Promise<Task>;
  comments(taskId: string): Promise<Comment[]>;
  write(context: WriteContext, write: Write): Promise<WriteAnswer>;
}

export interface ProjectStoreOptions {
  context: WriteContext;
  server: ProjectServer;
  socket: LiveSocket;
  /** A write was refused and has been taken back; `before` is what the screen showed. */
  onRefused?(write: Write, problem: ApiProblem, before: ProjectState): void;
  timers?: Timers;
  now?: () => Date;
}

export type Phase = 'loading' | 'ready' | 'failed' | 'ended';
/** What a list or screen shows of the sync itself. */
export interface SyncStatus {
  phase: Phase;
  /** Why loading failed. */
  problem: ApiProblem | null;
  /** Writes not yet confirmed. */
  waiting: number;
  /** Why writes wait, if something is in their way. */
  trouble: ApiProblem | null;
}

const RETRY_MS = 2_000;
/** A large board shows what has come of it, this often. */
const PROGRESS_MS = 250;
const UNDO_DEPTH = 100;

/**
 * The live copy of one project: what the log says (`base`), what was done here and is on its way (the outbox),
 * and the two together (`view`), which is all the screens read. Listeners name the key they read, so that one
 * card's change reaches one card.
 */
export class ProjectStore {
  readonly stream: string;
  view: ProjectState = EMPTY_PROJECT;
  presence: readonly Presence[] = [];
  sync: SyncStatus = { phase: 'loading', problem: null, waiting: 0, trouble: null };
  statuses: readonly Status[] = [];
  /** The task open on this screen. */
  open: string | null = null;

  private base: ProjectState = EMPTY_PROJECT;
  private overlaid: Touched = new Set();
  private readonly index = new BoardIndex();
  private readonly outbox: Outbox<WriteAnswer>;
  private readonly listeners = new Map<string, Set<() => void>>();
  private incoming: Change[] = [];
  private wanted = 0;
  private fetching = false;
  private snapshotting = false;
  private leave: (() => void) | null = null;
  private retry: unknown = null;
  private closed = false;
  private undone: Intent[] = [];
  private readonly options: ProjectStoreOptions;
  private readonly timers: Timers;

  constructor(options: ProjectStoreOptions) {
    this.options = options;
    this.timers = options.timers ?? browserTimers;
    this.stream = `tasks/project:${decodeId('project', options.context.projectId) ?? ''}`;
    this.outbox = new Outbox<WriteAnswer>({
      send: (write) => options.server.write(options.context, write),
      onDone: (write, answer) => this.written(write, answer),
      onRefused: (write, problem) => this.refused(write, problem),
      onChange: () => this.setSync({ waiting: this.outbox.size, trouble: this.outbox.problem }),
      timers: this.timers,
    });
  }

  // Reading

  subscribe(key: string, listener: () => void): () => void {
    let set = this.listeners.get(key);
    if (!set) {
      set = new Set();
      this.listeners.set(key, set);
    }
    set.add(listener);
    return () => {
      set.delete(listener);
      if (set.size === 0) this.listeners.delete(key);
    };
  }

  column(statusId: string): readonly string[] {
    return this.index.column(statusId);
  }

  childrenOf(taskId: string): readonly string[] {
    return this.index.childrenOf(taskId);
  }

  /** A task by id or readable key. */
  find(idOrKey: string): Task | undefined {
    return this.view.tasks.get(idOrKey) ?? this.view.tasks.get(this.index.byKey(idOrKey.toUpperCase()) ?? '');
  }

  // Life

  start(): void {
    this.closed = false;
    void this.takeSnapshot();
  }

  stop(): void {
    this.closed = true;
    this.leave?.();
    this.leave = null;
    if (this.retry !== null) this.timers.clear(this.retry);
  }

  /** Tries again what the network held up. */
  retryNow(): void {
    this.outbox.retryNow();
    if (this.sync.phase === 'failed') this.start();
  }

  /** Says which task I look at (null: the board), to the others and to the card itself. */
  here(at: string | null): void {
    const before = this.open;
    this.open = at;
    this.notify([`open:${before}`, `open:${at}`, 'opened']);
    this.options.socket.here(this.stream, at);
  }

  // Writing

  /** Does something: at once here, soon on the server. Returns the id of the write. */
  write(intent: Intent, options: { undo?: boolean } = {}): string {
    const inverse = options.undo === false ? null : this.inverseOf(intent);
    if (inverse) this.undone = [...this.undone.slice(1 - UNDO_DEPTH), inverse];
    const write: Write = {
      id: uuidv7(),
      intent,
      at: (this.options.now?.() ?? new Date()).toISOString(),
    };
    this.outbox.add(write);
    this.commit(this.base, new Set());
    return write.id;
  }

  /** Takes back the last thing done here, as a new write. Null if there is nothing to take back. */
  undo(): Intent | null {
    const intent = this.undone.at(-1);
    if (!intent) return null;
    this.undone = this.undone.slice(0, -1);
    this.write(intent, { undo: false });
    return intent;
  }

  /** A rank that puts a task right before or after another, or at an end of a column. */
  rankAt(
    statusId: string,
    at: 'start' | 'end' | { before: string } | { after: string },
    moving?: string,
  ): string {
    const ids = this.column(statusId).filter((id) => id !== moving);
    const rankOf = (id: string | undefined) => (id ? (this.view.tasks.get(id)?.rank ?? null) : null);
    if (at === 'start') return rankBetween(null, rankOf(ids[0]));
    if (at === 'end') return rankBetween(rankOf(ids.at(-1)), null);
    const anchor = ids.indexOf('before' in at ? at.before : at.after);
    if (anchor < 0) return rankBetween(rankOf(ids.at(-1)), null);
    const next = 'before' in at ? anchor : anchor + 1;
    return rankBetween(rankOf(ids[next - 1]), rankOf(ids[next]));
  }

  private inverseOf(intent: Intent): Intent | null {
    if (intent.kind === 'task.create') return { kind: 'task.delete', taskId: intent.task.id };
    if (intent.kind === 'task.delete') return { kind: 'task.restore', taskId: intent.taskId };
    if (intent.kind !== 'task.update') return null;
    const task = this.view.tasks.get(intent.taskId);
    return task ? { kind: 'task.update', taskId: task.id, patch: inversePatch(task, intent.patch) } : null;
  }

  private written(write: Write, answer: WriteAnswer): void {
    const draft = new Draft(this.base);
    if (answer?.task) mergeTask(draft, answer.task);
    if (answer?.comment) mergeComment(draft, answer.comment);
    if (answer?.label && !draft.state.labels.has(answer.label.id)) draft.putLabel(answer.label);
    if (write.intent.kind === 'task.delete') draft.dropTask(write.intent.taskId);
    if (write.intent.kind === 'comment.delete')
      draft.dropComment(write.intent.taskId, write.intent.commentId);
    this.commit(draft.state, draft.touched);
  }

  private refused(write: Write, problem: ApiProblem): void {
    const before = this.view;
    this.commit(this.base, new Set());
    this.options.onRefused?.(write, problem, before);
  }

  // Comments

  async loadComments(taskId: string): Promise<void> {
    const comments = await this.options.server.comments(taskId);
    const draft = new Draft(this.base);
    mergeCommentList(draft, taskId, comments);
    this.commit(draft.state, draft.touched);
  }

  // Following

  private async takeSnapshot(): Promise<void> {
    if (this.snapshotting) return;
    this.snapshotting = true;
    const first = this.sync.phase !== 'ready';
    if (first) this.setSync({ phase: 'loading', problem: null });
    let shown = 0;
    try {
      const body = await this.options.server.snapshot(this.options.context.projectId);
      const state = await readSnapshot(body, (partial) => {
        const now = Date.now();
        if (!first || this.closed || partial.tasks.size === 0 || now - shown < PROGRESS_MS) return;
        shown = now;
        this.replace(partial);
      });
      if (this.closed) return;
      this.replace(state);
      this.setSync({ phase: 'ready', problem: null });
      this.follow();
      for (const taskId of this.base.comments.keys()) void this.loadComments(taskId).catch(() => undefined);
    } catch (error) {
      if (!this.closed) this.snapshotFailed(error, first);
    } finally {
      this.snapshotting = false;
      this.drain();
    }
  }

  private snapshotFailed(error: unknown, first: boolean): void {
    const problem = error instanceof ApiProblem ? error : null;
    if (problem && [401, 403, 404].includes(problem.status)) {
      this.setSync({ phase: 'failed', problem });
      return;
    }
    if (first && problem) this.setSync({ phase: 'failed', problem });
    this.later(() => void this.takeSnapshot());
  }

  private replace(snapshot: ProjectState): void {
    const { comments, gone, trash } = this.base;
    const base = { ...snapshot, comments, gone, trash };
    this.base = base;
    const overlay = this.overlay(base);
    this.view = overlay.state;
    this.overlaid = overlay.touched;
    this.index.rebuild(this.view);
    this.sortStatuses();
    this.notifyAll();
  }

  private follow(): void {
    if (this.leave) {
      this.options.socket.resubscribe(this.stream);
      return;
    }
    this.leave = this.options.socket.subscribe(this.stream, {
      after: () => this.base.seq,
      onSubscribed: () => this.outbox.retryNow(),
      onChanges: (changes) => {
        this.incoming.push(...changes);
        this.drain();
      },
      onRange: (_from, to) => {
        this.wanted = Math.max(this.wanted, to);
        this.drain();
      },
      onResync: () => {
        this.incoming = [];
        this.wanted = 0;
        void this.takeSnapshot();
      },
      onEnded: (reason) => {
        if (reason === 'no_access') this.setSync({ phase: 'ended' });
      },
      onPresence: (people) => {
        this.presence = people;
        this.notify(['presence']);
      },
    });
  }

  /** Applies what has come in, as far as it follows without a gap; fetches the gap otherwise. */
  private drain(): void {
    if (this.fetching || this.snapshotting || this.closed) return;
    const ready: Change[] = [];
    let next = this.base.seq + 1;
    this.incoming = this.incoming.filter((change) => change.seq >= next).sort((a, b) => a.seq - b.seq);
    for (const change of this.incoming) {
      if (change.seq === next) {
        ready.push(change);
        next++;
      }
    }
    if (ready.length > 0) this.take(ready);
    this.incoming = this.incoming.filter((change) => change.seq >= next);
    const last = this.incoming.at(-1);
    if (last) this.wanted = Math.max(this.wanted, last.seq);
    if (this.wanted > this.base.seq) void this.catchUp();
  }

  private take(changes: readonly Change[]): void {
    const { state, touched } = applyChanges(this.base, changes);
    for (const change of changes) if (change.mutation_id) this.outbox.confirm(change.mutation_id);
    this.commit(state, touched);
    for (const id of state.partial) void this.readWhole(id);
  }

  private async catchUp(): Promise<void> {
    this.fetching = true;
    try {
      while (this.wanted > this.base.seq && !this.closed) {
        const page = await this.options.server.changes(this.options.context.projectId, this.base.seq);
        if (page.meta.resync) {
          this.wanted = 0;
          void this.takeSnapshot();
          break;
        }
        if (page.data.length === 0) this.wanted = 0;
        else this.take(page.data);
      }
    } catch {
      this.later(() => this.drain());
      return;
    } finally {
      this.fetching = false;
    }
    this.drain();
  }

  private async readWhole(taskId: string): Promise<void> {
    try {
      const task = await this.options.server.task(taskId);
      const draft = new Draft(this.base);
      mergeTask(draft, task);
      this.commit(draft.state, draft.touched);
    } catch {
      const draft = new Draft(this.base);
      draft.setPartial(taskId, false);
      this.base = draft.state;
    }
  }

  private later(run: () => void): void {
    if (this.retry !== null) this.timers.clear(this.retry);
    this.retry = this.timers.set(() => {
      this.retry = null;
      if (!this.closed) run();
    }, RETRY_MS);
  }

  // Telling

  private overlay(base: ProjectState): Draft {
    const draft = new Draft(base);
    for (const write of this.outbox.writes) applyWrite(draft, write, this.options.context);
    return draft;
  }

  private commit(base: ProjectState, touched: Touched): void {
    this.base = base;
    const overlay = this.overlay(base);
    const all = new Set([...touched, ...this.overlaid, ...overlay.touched]);
    this.view = overlay.state;
    this.overlaid = overlay.touched;
    if (all.size === 0) return;
    const lists = this.index.update(this.view, all);
    if (all.has('statuses')) this.sortStatuses();
    this.notify([...all, ...lists, 'any']);
  }

  private sortStatuses(): void {
    this.statuses = [...this.view.statuses.values()].sort((a, b) =>
      a.rank === b.rank ? (a.id < b.id ? -1 : 1) : a.rank < b.rank ? -1 : 1,
    );
  }

  private setSync(change: Partial<SyncStatus>): void {
    this.sync = { ...this.sync, ...change };
    this.notify(['sync']);
  }

  private notify(keys: Iterable<string>): void {
    for (const key of keys) for (const listener of [...(this.listeners.get(key) ?? [])]) listener();
  }

  private notifyAll(): void {
    this.notify([...this.listeners.keys()]);
  }
}

/** The patch that brings back what this one changes. */
export function inversePatch(task: Task, patch: TaskPatch): TaskPatch {
  const inverse: Record<string, unknown> = {};
  for (const name of Object.keys(patch)) {
    if (name.startsWith('add_') || name.startsWith('remove_')) continue;
    inverse[name] = task[name as keyof Task];
  }
  const added = (patch.add_assignee_ids ?? []).filter((id) => !task.assignee_ids.includes(id));
  const removed = (patch.remove_assignee_ids ?? []).filter((id) => task.assignee_ids.includes(id));
  const labelsAdded = (patch.add_label_ids ?? []).filter((id) => !task.label_ids.includes(id));
  const labelsRemoved = (patch.remove_label_ids ?? []).filter((id) => task.label_ids.includes(id));
  return {
    ...inverse,
    ...(removed.length > 0 ? { add_assignee_ids: removed } : {}),
    ...(added.length > 0 ? { remove_assignee_ids: added } : {}),
    ...(labelsRemoved.length > 0 ? { add_label_ids: labelsRemoved } : {}),
    ...(labelsAdded.length > 0 ? { remove_label_ids: labelsAdded } : {}),
  };
}

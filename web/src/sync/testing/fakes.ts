import type { Change, ChangePage } from '@gantry/contracts';
import { newId, ranksAfter } from '@gantry/contracts';
import type { ClientFrame, ServerFrame } from '@gantry/contracts/notifications';
import type { Comment, SnapshotLine, Status, Task } from '@gantry/contracts/tasks';
import type { SocketLike } from '../live-socket.ts';
import type { Timers } from '../outbox.ts';
import type { ProjectServer, WriteAnswer } from '../project-store.ts';
import type { Write, WriteContext } from '../writes.ts';

const AT = '2026-11-22T12:00:00.000Z';

export function aStatus(overrides: Partial<Status> = {}): Status {
  return {
    id: newId('status'),
    project_id: newId('project'),
    key: 'todo',
    name: 'To do',
    category: 'unstarted',
    color: 'slate',
    rank: 'U',
    archived: false,
    version: 1,
    ...overrides,
  };
}

export function aTask(overrides: Partial<Task> = {}): Task {
  return {
    id: newId('task'),
    workspace_id: newId('workspace'),
    project_id: newId('project'),
    key: 'WEB-1',
    number: 1,
    title: 'A task',
    description: '',
    status: 'todo',
    status_id: newId('status'),
    priority: 'none',
    assigned_to_id: null,
    assignee_ids: [],
    label_ids: [],
    parent_id: null,
    start_date: null,
    due_date: null,
    rank: 'U',
    comment_count: 0,
    subtask_count: 0,
    subtask_done_count: 0,
    archived: false,
    created_by_id: null,
    external: null,
    completed_at: null,
    version: 1,
    created_at: AT,
    updated_at: AT,
    ...overrides,
  };
}

export function aChange(seq: number, overrides: Partial<Change> = {}): Change {
  const entityId = overrides.entity_id ?? newId('task');
  return {
    id: newId('change'),
    stream: 'tasks/project:x',
    seq,
    workspace_id: null,
    at: AT,
    actor: null,
    external_actor: null,
    origin: 'web',
    request_id: null,
    mutation_id: null,
    batch_id: null,
    event: 'task.updated',
    entity: 'task',
    entity_id: entityId,
    root: entityId,
    version: 1,
    op: 'updated',
    before: null,
    after: null,
    undoes: null,
    effective_at: null,
    v: 1,
    ...overrides,
  };
}

/** Time that passes only when told to. */
export class FakeTimers implements Timers {
  now = 0;
  private next = 1;
  private readonly waiting = new Map<number, { at: number; run: () => void }>();

  set(run: () => void, ms: number): unknown {
    const id = this.next++;
    this.waiting.set(id, { at: this.now + ms, run });
    return id;
  }

  clear(handle: unknown): void {
    this.waiting.delete(handle as number);
  }

  get size(): number {
    return this.waiting.size;
  }

  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const due = [...this.waiting.entries()]
        .filter(([, t]) => t.at <= end)
        .sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.waiting.delete(due[0]);
      this.now = due[1].at;
      due[1].run();
      await settle();
    }
    this.now = end;
    await settle();
  }
}

/** Lets everything that waits on promises go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

/** The far end of a socket. */
export class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: ClientFrame[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame);
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen?.();
  }

  hear(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  drop(code = 1006): void {
    this.onclose?.({ code });
  }

  subscriptions(): Extract<ClientFrame, { type: 'subscribe' }>[] {
    return this.sent.filter((frame) => frame.type === 'subscribe');
  }
}

export function bodyOf(text: string, chunkSize = text.length): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + chunkSize));
      at += chunkSize;
    },
  });
}

export function snapshotText(seq: number, statuses: Status[], tasks: Task[]): string {
  const lines: SnapshotLine[] = [
    { type: 'head', stream: 'tasks/project:x', seq, project_id: 'p' },
    { type: 'statuses', data: statuses },
    { type: 'labels', data: [] },
    { type: 'tasks', data: tasks },
    { type: 'end', tasks: tasks.length },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** A server whose answers the test gives. */
export class FakeServer implements ProjectServer {
  seq = 0;
  statuses: Status[] = [];
  tasks: Task[] = [];
  log: Change[] = [];
  resync = false;
  snapshots = 0;
  pages = 0;
  readonly writes: { write: Write; answer: (answer: WriteAnswer) => void; fail: (error: unknown) => void }[] =
    [];

  async snapshot(): Promise<ReadableStream<Uint8Array>> {
    this.snapshots++;
    return bodyOf(snapshotText(this.seq, this.statuses, this.tasks));
  }

  async changes(_projectId: string, after: number): Promise<ChangePage> {
    this.pages++;
    return {
      data: this.log.filter((change) => change.seq > after),
      meta: { stream: 'x', head: this.log.at(-1)?.seq ?? 0, resync: this.resync },
    };
  }

  async task(taskId: string): Promise<Task> {
    const found = this.tasks.find((task) => task.id === taskId);
    if (!found) throw new Error('no such task');
    return found;
  }

  async comments(): Promise<Comment[]> {
    return [];
  }

  write(_context: WriteContext, write: Write): Promise<WriteAnswer> {
    return new Promise((answer, fail) => {
      this.writes.push({ write, answer, fail });
    });
  }
}

/** Statuses and tasks of a small board: `perColumn` tasks in each column. */
export function aBoard(columns: string[], perColumn: number): { statuses: Status[]; tasks: Task[] } {
  const statuses = columns.map((name, i) =>
    aStatus({ key: name, name, rank: ranksAfter(null, columns.length)[i] ?? 'U' }),
  );
  const ranks = ranksAfter(null, perColumn);
  const tasks = statuses.flatMap((status, column) =>
    ranks.map((rank, i) =>
      aTask({
        status_id: status.id,
        status: status.key,
        rank,
        number: column * perColumn + i + 1,
        key: `WEB-${column * perColumn + i + 1}`,
        title: `Task ${column * perColumn + i + 1}`,
      }),
    ),
  );
  return { statuses, tasks };
}

import { type Change, type ChangePage, decodeId, streamName } from '@gantry/contracts';
import { LIVE_CLOSE, type ServerFrame } from '@gantry/contracts/notifications';
import type { SnapshotLine } from '@gantry/contracts/tasks';
import { WebSocket } from 'ws';
import type { TestGantry, TestPerson } from '../setup/gantry.ts';

type Row = Record<string, unknown> & { id: string; version: number };
export type ProjectRows = { statuses: Row[]; labels: Row[]; tasks: Row[] };

/** A copy of one project that keeps itself up to date, made by nothing but what docs/sync.md says. */
export interface LiveCopy {
  readonly stream: string;
  /** Seqs of the changes applied, in the order they came. */
  readonly applied: number[];
  readonly frames: ServerFrame[];
  seq(): number;
  rows(): ProjectRows;
  changes(): Change[];
  /** Connects (again) and follows from the seq it has. */
  connect(): Promise<void>;
  send(frame: object): void;
  /** Drops the connection, as a tunnel would. */
  cut(): Promise<void>;
  /** Waits until the copy has this seq. */
  reach(seq: number, ms?: number): Promise<void>;
  /** The first frame for which `is` holds, sent already or still to come. */
  frame(is: (frame: ServerFrame) => boolean, ms?: number): Promise<ServerFrame>;
  closed(): Promise<number>;
}

/** A project as the server shows it to a newcomer. */
export async function readSnapshot(
  person: TestPerson,
  projectId: string,
): Promise<{ seq: number; stream: string; rows: ProjectRows }> {
  const answer = await person.api.getSnapshot({ params: { project_id: projectId } });
  const lines = (await answer.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SnapshotLine);
  const head = lines.find((line) => line.type === 'head');
  const end = lines.find((line) => line.type === 'end');
  const data = (type: 'statuses' | 'labels' | 'tasks') =>
    lines.flatMap((line) => (line.type === type ? (line.data as unknown as Row[]) : []));
  const rows = { statuses: data('statuses'), labels: data('labels'), tasks: data('tasks') };
  if (!head || end?.tasks !== rows.tasks.length) throw new Error('the snapshot is not complete');
  return { seq: head.seq, stream: head.stream, rows: sorted(rows) };
}

export async function liveCopy(gantry: TestGantry, person: TestPerson, projectId: string): Promise<LiveCopy> {
  const start = await readSnapshot(person, projectId);
  const stream = streamName('tasks', 'project', decodeId('project', projectId) ?? '');
  const kinds = { status: 'statuses', label: 'labels', task: 'tasks' } as const;
  const maps = {
    statuses: byId(start.rows.statuses),
    labels: byId(start.rows.labels),
    tasks: byId(start.rows.tasks),
  };
  const frames: ServerFrame[] = [];
  const changes: Change[] = [];
  const looks = new Set<() => void>();
  let seq = start.seq;
  let socket: WebSocket | undefined;
  let over = Promise.resolve(0);
  let work: Promise<unknown> = Promise.resolve();

  function apply(change: Change): void {
    if (change.seq <= seq) throw new Error(`seq ${change.seq} came after ${seq}`);
    if (change.seq !== seq + 1) throw new Error(`seq ${change.seq} came after ${seq}: a gap`);
    seq = change.seq;
    changes.push(change);
    const task = maps.tasks.get(change.root);
    if (change.entity === 'comment' && task && change.op !== 'updated')
      task.comment_count = Number(task.comment_count) + (change.op === 'deleted' ? -1 : 1);
    if (change.event === 'project.label.deleted')
      for (const row of maps.tasks.values())
        row.label_ids = (row.label_ids as string[]).filter((id) => id !== change.entity_id);
    const kind = kinds[change.entity as keyof typeof kinds];
    if (!kind) return;
    const map = maps[kind];
    const held = map.get(change.entity_id);
    if (held && held.version >= change.version) return;
    if (change.op === 'deleted') map.delete(change.entity_id);
    else {
      const before = change.op === 'updated' ? held : undefined;
      map.set(change.entity_id, {
        ...before,
        ...change.after,
        id: change.entity_id,
        version: change.version,
      });
    }
  }

  async function readRange(to: number): Promise<void> {
    while (seq < to) {
      const page: ChangePage = await person.api.getChanges({
        params: { project_id: projectId },
        query: { after: seq, limit: 1000 },
      });
      for (const change of page.data) if (change.seq > seq) apply(change);
      if (page.data.length === 0) throw new Error(`nothing after ${seq}`);
    }
  }

  async function take(frame: ServerFrame): Promise<void> {
    if (frame.type === 'changes') for (const change of frame.changes) if (change.seq > seq) apply(change);
    if (frame.type === 'range') await readRange(frame.to);
  }

  const look = () => {
    for (const one of [...looks]) one();
  };

  function until<T>(probe: () => T | undefined, ms: number, wanted: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        looks.delete(check);
        clearTimeout(timer);
      };
      const check = () => {
        const value = probe();
        if (value === undefined) return;
        stop();
        resolve(value);
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`no ${wanted} within ${ms} ms; at seq ${seq}, got ${frames.map((f) => f.type)}`));
      }, ms);
      looks.add(check);
      work.catch((error: unknown) => {
        stop();
        reject(error);
      });
      check();
    });
  }

  const copy: LiveCopy = {
    stream,
    frames,
    get applied() {
      return changes.map((change) => change.seq);
    },
    seq: () => seq,
    changes: () => changes,
    rows: () =>
      sorted({
        statuses: [...maps.statuses.values()],
        labels: [...maps.labels.values()],
        tasks: [...maps.tasks.values()].map((task) => withCounts(task, maps.tasks)),
      }),
    async connect() {
      const line = new WebSocket(`${gantry.url.replace(/^http/, 'ws')}/api/v1/live`, {
        headers: { cookie: person.cookie, origin: gantry.url },
      });
      socket = line;
      over = new Promise((resolve) => line.on('close', resolve));
      line.on('message', (data) => {
        const frame = JSON.parse(String(data)) as ServerFrame;
        frames.push(frame);
        work = work.then(() => take(frame)).then(look);
        work.catch(() => {});
        look();
      });
      await new Promise<void>((resolve, reject) => {
        line.once('open', resolve);
        line.once('error', reject);
      });
      line.on('error', () => {});
      line.send(JSON.stringify({ type: 'subscribe', stream, after: seq }));
      const known = frames.length;
      await until(
        () =>
          frames.slice(Math.max(0, known - 1)).find((f) => f.type === 'subscribed' && f.stream === stream),
        5_000,
        'subscribed frame',
      );
    },
    send: (frame) => socket?.send(JSON.stringify(frame)),
    async cut() {
      socket?.terminate();
      await over;
    },
    async reach(wanted, ms = 5_000) {
      await until(() => (seq >= wanted ? true : undefined), ms, `seq ${wanted}`);
    },
    frame: (is, ms = 5_000) => until(() => frames.find(is), ms, 'such frame'),
    closed: () => over,
  };
  return copy;
}

/** Close code of a socket whose session has ended. */
export const SIGNED_OUT = LIVE_CLOSE.unauthenticated;

function withCounts(task: Row, all: ReadonlyMap<string, Row>): Row {
  const below = [...all.values()].filter((one) => one.parent_id === task.id);
  return {
    ...task,
    subtask_count: below.length,
    subtask_done_count: below.filter((one) => one.completed_at !== null).length,
  };
}

function byId(rows: Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row.id, { ...row }]));
}

/** The same rows in the same order, however they were collected. */
function sorted(rows: ProjectRows): ProjectRows {
  const order = (list: Row[]) =>
    list.map(withSortedSets).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return { statuses: order(rows.statuses), labels: order(rows.labels), tasks: order(rows.tasks) };
}

function withSortedSets(row: Row): Row {
  const copy: Row = { ...row };
  for (const name of ['assignee_ids', 'label_ids'])
    if (Array.isArray(copy[name])) copy[name] = [...(copy[name] as string[])].sort();
  return copy;
}

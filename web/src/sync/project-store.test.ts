import { ApiProblem, newId } from '@gantry/contracts';
import { expect, test, vi } from 'vitest';
import { LiveSocket } from './live-socket.ts';
import { ProjectStore } from './project-store.ts';
import { aBoard, aChange, FakeServer, FakeSocket, FakeTimers, settle } from './testing/fakes.ts';

async function setUp() {
  const timers = new FakeTimers();
  const server = new FakeServer();
  const board = aBoard(['todo', 'done'], 3);
  server.statuses = board.statuses;
  server.tasks = board.tasks;
  server.seq = 10;
  const sockets: FakeSocket[] = [];
  const socket = new LiveSocket({
    open: () => {
      const next = new FakeSocket();
      sockets.push(next);
      return next;
    },
    timers,
    random: () => 1,
  });
  const onRefused = vi.fn();
  const store = new ProjectStore({
    context: { projectId: newId('project'), workspaceId: newId('workspace'), userId: newId('user') },
    server,
    socket,
    onRefused,
    timers,
  });
  store.start();
  await settle();
  const line = () => sockets.at(-1) as FakeSocket;
  line().open();
  const [todo, done] = board.statuses as [(typeof board.statuses)[0], (typeof board.statuses)[0]];
  const [task] = board.tasks as [(typeof board.tasks)[0]];
  const hear = (...changes: ReturnType<typeof aChange>[]) =>
    line().hear({ type: 'changes', stream: store.stream, changes });
  return { timers, server, store, line, sockets, onRefused, todo, done, task, hear };
}

const forbidden = new ApiProblem({
  type: 'about:blank',
  title: 'No',
  status: 403,
  code: 'forbidden',
  detail: 'No.',
});
const offline = new ApiProblem({
  type: 'about:blank',
  title: 'No',
  status: 0,
  code: 'network',
  detail: 'No.',
});

test('reads the snapshot and follows from its seq', async () => {
  const { store, line, todo } = await setUp();
  expect(store.sync.phase).toBe('ready');
  expect(store.column(todo.id)).toHaveLength(3);
  expect(line().subscriptions()).toEqual([{ type: 'subscribe', stream: store.stream, after: 10 }]);
});

test('a move shows at once, and the log confirms it without a flicker', async () => {
  const { store, done, todo, task, hear, server } = await setUp();
  const seen: string[] = [];
  store.subscribe(task.id, () => seen.push(store.view.tasks.get(task.id)?.status_id ?? ''));
  const rank = store.rankAt(done.id, 'start', task.id);
  const id = store.write({ kind: 'task.update', taskId: task.id, patch: { status_id: done.id, rank } });
  expect(store.column(done.id)[0]).toBe(task.id);
  expect(store.column(todo.id)).not.toContain(task.id);
  expect(store.sync.waiting).toBe(1);
  const after = { status_id: done.id, status: done.key, rank };
  hear(aChange(11, { entity_id: task.id, version: 2, after, mutation_id: id }));
  expect(store.sync.waiting).toBe(0);
  server.writes[0]?.answer({ task: { ...task, ...after, version: 2 } });
  await settle();
  expect(store.column(done.id)[0]).toBe(task.id);
  expect(new Set(seen)).toEqual(new Set([done.id]));
});

test('the answer may come before the log; the log then changes nothing', async () => {
  const { store, task, hear, server } = await setUp();
  const id = store.write({ kind: 'task.update', taskId: task.id, patch: { title: 'New' } });
  server.writes[0]?.answer({ task: { ...task, title: 'New', version: 2 } });
  await settle();
  expect(store.sync.waiting).toBe(0);
  const held = store.view.tasks.get(task.id);
  hear(aChange(11, { entity_id: task.id, version: 2, after: { title: 'New' }, mutation_id: id }));
  expect(store.view.tasks.get(task.id)).toBe(held);
});

test('a refused write is taken back and reported with what was shown', async () => {
  const { store, task, done, todo, server, onRefused } = await setUp();
  store.write({ kind: 'task.update', taskId: task.id, patch: { status_id: done.id, rank: 'U' } });
  server.writes[0]?.fail(forbidden);
  await settle();
  expect(store.column(todo.id)).toContain(task.id);
  expect(store.column(done.id)).not.toContain(task.id);
  expect(onRefused).toHaveBeenCalledOnce();
});

test('others keep arriving under what waits here', async () => {
  const { store, task, server, hear, timers } = await setUp();
  store.write({ kind: 'task.update', taskId: task.id, patch: { title: 'Mine' } });
  server.writes[0]?.fail(offline);
  await settle();
  expect(store.sync.trouble?.code).toBe('network');
  hear(aChange(11, { entity_id: task.id, version: 2, after: { title: 'Theirs', priority: 'high' } }));
  expect(store.view.tasks.get(task.id)).toMatchObject({ title: 'Mine', priority: 'high' });
  await timers.pass(500);
  expect(server.writes).toHaveLength(2);
  expect(server.writes[1]?.write.id).toBe(server.writes[0]?.write.id);
});

test('changes out of order wait for the gap, which is fetched', async () => {
  const { store, task, server, hear } = await setUp();
  server.log = [
    aChange(11, { entity_id: task.id, version: 2, after: { title: 'Two' } }),
    aChange(12, { entity_id: task.id, version: 3, after: { title: 'Three' } }),
  ];
  hear(aChange(12, { entity_id: task.id, version: 3, after: { title: 'Three' } }));
  expect(store.view.tasks.get(task.id)?.title).toBe('Task 1');
  await settle();
  expect(store.view.tasks.get(task.id)?.title).toBe('Three');
  expect(store.view.seq).toBe(12);
});

test('a range frame is read page by page, and what comes meanwhile is kept', async () => {
  const { store, task, server, line, hear } = await setUp();
  server.log = [aChange(11, { entity_id: task.id, version: 2, after: { title: 'Two' } })];
  line().hear({ type: 'range', stream: store.stream, from: 11, to: 11 });
  hear(aChange(12, { entity_id: task.id, version: 3, after: { title: 'Three' } }));
  await settle();
  expect(store.view.seq).toBe(12);
  expect(store.view.tasks.get(task.id)?.title).toBe('Three');
});

test('resync takes a new snapshot, keeps what waits, and subscribes again', async () => {
  const { store, task, server, line } = await setUp();
  store.write({ kind: 'task.update', taskId: task.id, patch: { title: 'Mine' } });
  server.tasks = server.tasks.map((t) => ({ ...t, description: 'fresh', version: 5 }));
  server.seq = 9000;
  line().hear({ type: 'resync', stream: store.stream });
  await settle();
  expect(store.view.tasks.get(task.id)).toMatchObject({ title: 'Mine', description: 'fresh' });
  expect(line().subscriptions().at(-1)).toMatchObject({ after: 9000 });
});

test('one task changing tells one listener', async () => {
  const { store, task, hear } = await setUp();
  const other = [...store.view.tasks.keys()].find((id) => id !== task.id) ?? '';
  const mine = vi.fn();
  const theirs = vi.fn();
  const column = vi.fn();
  store.subscribe(task.id, mine);
  store.subscribe(other, theirs);
  store.subscribe(`column:${task.status_id}`, column);
  hear(aChange(11, { entity_id: task.id, version: 2, after: { title: 'x' } }));
  expect(mine).toHaveBeenCalledOnce();
  expect(theirs).not.toHaveBeenCalled();
  expect(column).not.toHaveBeenCalled();
});

test('a new task appears before the server knows it, and gets its key later in the same place', async () => {
  const { store, todo, server, hear } = await setUp();
  const id = newId('task');
  const rank = store.rankAt(todo.id, 'start');
  const write = store.write({ kind: 'task.create', task: { id, title: 'Fresh', status_id: todo.id, rank } });
  expect(store.column(todo.id)[0]).toBe(id);
  expect(store.view.tasks.get(id)?.key).toBe('');
  const whole = {
    ...server.tasks[0],
    id,
    title: 'Fresh',
    status_id: todo.id,
    rank,
    key: 'WEB-7',
    version: 1,
  };
  hear(aChange(11, { entity_id: id, op: 'created', version: 1, after: whole, mutation_id: write }));
  expect(store.column(todo.id)[0]).toBe(id);
  expect(store.view.tasks.get(id)?.key).toBe('WEB-7');
  expect(store.find('web-7')?.id).toBe(id);
});

test('undo takes a move back as a new write', async () => {
  const { store, task, done, todo } = await setUp();
  const before = store.column(todo.id);
  store.write({
    kind: 'task.update',
    taskId: task.id,
    patch: { status_id: done.id, rank: store.rankAt(done.id, 'end') },
  });
  expect(store.undo()).toMatchObject({ kind: 'task.update' });
  expect(store.column(todo.id)).toEqual(before);
  expect(store.undo()).toBeNull();
});

test('deleting and restoring bring the task back whole', async () => {
  const { store, task, server, todo } = await setUp();
  store.write({ kind: 'task.delete', taskId: task.id });
  expect(store.column(todo.id)).not.toContain(task.id);
  server.writes[0]?.answer(undefined);
  await settle();
  store.write({ kind: 'task.restore', taskId: task.id });
  expect(store.column(todo.id)).toContain(task.id);
  expect(store.view.tasks.get(task.id)?.title).toBe('Task 1');
});

test('ranks put a card exactly between its neighbours', async () => {
  const { store, todo } = await setUp();
  const [a, b, c] = store.column(todo.id) as [string, string, string];
  const rankOf = (id: string) => store.view.tasks.get(id)?.rank ?? '';
  const between = store.rankAt(todo.id, { after: a });
  expect(between > rankOf(a) && between < rankOf(b)).toBe(true);
  const moved = store.rankAt(todo.id, { before: c }, b);
  expect(moved > rankOf(a) && moved < rankOf(c)).toBe(true);
  expect(store.rankAt(todo.id, 'start') < rankOf(a)).toBe(true);
  expect(store.rankAt(todo.id, 'end') > rankOf(c)).toBe(true);
});

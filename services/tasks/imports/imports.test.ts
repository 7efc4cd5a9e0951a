import { request } from 'node:http';
import { createClient, type Id, newId } from '@gantry/contracts';
import { type ImportJob, importBodyLimit, tasksRoutes } from '@gantry/contracts/tasks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTrelloBoard } from '../../../tests/fixtures/trello/make-board.ts';
import { fixtureBoard, planOf } from './testing/boards.ts';
import { importServer } from './testing/server.ts';

let server: Awaited<ReturnType<typeof importServer>>;
beforeAll(async () => {
  server = await importServer();
});
afterAll(() => server?.stop());

const admin = newId('user');
const clientOf = async (user: Id<'user'> = admin) => {
  const token = await server.token(user);
  return createClient(tasksRoutes, {
    baseUrl: server.url(),
    headers: () => ({ authorization: `Bearer ${token}` }),
  });
};

async function send(
  project: Id<'project'>,
  rawBody: BodyInit,
  options: { dryRun?: boolean; user?: Id<'user'> } = {},
) {
  const client = await clientOf(options.user);
  return client.createImport(
    {
      params: { project_id: project },
      query: { source: 'trello', dry_run: options.dryRun ?? false, file_name: 'board.json' },
    },
    { rawBody },
  );
}

async function finished(job: ImportJob): Promise<ImportJob> {
  const client = await clientOf();
  await expect
    .poll(
      async () =>
        (await client.getImport({ params: { project_id: job.project_id, import_id: job.id } })).state,
      {
        timeout: 60_000,
        interval: 50,
      },
    )
    .not.toMatch(/queued|running/);
  return client.getImport({ params: { project_id: job.project_id, import_id: job.id } });
}

const uuid = (project: Id<'project'>) => server.facts(project) && project;
async function count(sql: string, project: Id<'project'>): Promise<number> {
  const { decodeId } = await import('@gantry/contracts');
  const rows = await server
    .service()
    .db.run<{ n: number }>({ sql, parameters: [decodeId('project', uuid(project))] });
  return rows[0]?.n ?? -1;
}
const counts = async (project: Id<'project'>) => ({
  tasks: await count('select count(*) as n from tasks where project_id = $1 and parent_id is null', project),
  subtasks: await count(
    'select count(*) as n from tasks where project_id = $1 and parent_id is not null',
    project,
  ),
  comments: await count('select count(*) as n from comments where project_id = $1', project),
  history: await count(
    `select count(*) as n from log_change where event = 'task.updated' and stream = 'tasks/project:' || $1`,
    project,
  ),
  created: await count(
    `select count(*) as n from log_change where event = 'task.created' and stream = 'tasks/project:' || $1`,
    project,
  ),
});

describe('an import', { timeout: 90_000 }, () => {
  it('brings a board with everything in it', async () => {
    const project = server.project(admin);
    const plan = planOf(JSON.parse(fixtureBoard()));
    const started = await send(project, fixtureBoard());
    expect(started).toMatchObject({ state: 'queued', done: 0, dry_run: false, file_name: 'board.json' });
    const job = await finished(started);
    expect(job).toMatchObject({ state: 'done', error: null, counts: plan.counts, skipped: 0 });
    expect(job.done).toBe(job.total);
    expect(job.ledger?.totals).toEqual(plan.ledger.totals);
    const { tasks, subtasks, comments, history } = plan.counts;
    expect(await counts(project)).toEqual({ tasks, subtasks, comments, history, created: tasks + subtasks });

    const client = await clientOf();
    const statuses = await client.listStatuses({ params: { project_id: project }, query: {} });
    expect(statuses.data.filter((s) => !s.archived).map((s) => s.name)).toEqual([
      'Ideas',
      'To Do',
      'In Arbeit',
      'レビュー',
      'Done',
      'Waiting for others',
    ]);
  });

  it('writes a log that leads exactly to the rows', async () => {
    const project = server.project(admin);
    await finished(await send(project, JSON.stringify(makeTrelloBoard({ cards: 40, seed: 7 }))));
    const client = await clientOf();
    const seen = new Map<string, Record<string, unknown>>();
    for (let after = 0; ; ) {
      const page = await client.getChanges({
        params: { project_id: project },
        query: { after, limit: 1000 },
      });
      if (page.data.length === 0) break;
      for (const change of page.data) {
        expect(change).toMatchObject({ origin: 'import', actor: admin });
        const known = seen.get(change.entity_id) ?? {};
        if (change.op !== 'created') expect(known).toMatchObject(change.before ?? {});
        seen.set(change.entity_id, { ...known, ...change.after, version: change.version });
        if (change.entity === 'task' && change.op === 'created' && change.after?.parent_id) {
          const parent = seen.get(change.after.parent_id as string);
          if (parent) parent.subtask_count = (parent.subtask_count as number) + 1;
        }
        if (change.entity === 'comment') {
          const task = seen.get(change.root);
          if (task) task.comment_count = (task.comment_count as number) + 1;
        }
        after = change.seq;
      }
    }
    for (let page = 1, more = true; more; page++) {
      const { data } = await client.listTasks({
        params: { project_id: project },
        query: { page, limit: 200 },
      });
      for (const { subtask_done_count: _, ...task } of data) expect(seen.get(task.id)).toMatchObject(task);
      more = data.length === 200;
    }
  });

  it('keeps authors, times and what nobody has an account for', async () => {
    const project = server.project(admin);
    const board = makeTrelloBoard({ cards: 60, seed: 3 });
    await finished(await send(project, JSON.stringify(board)));
    const client = await clientOf();
    const { data } = await client.listTasks({ params: { project_id: project }, query: { limit: 200 } });
    const card = board.cards.find((c) => !c.closed && (c.idMembers as string[]).length > 0);
    const task = data.find((t) => t.external?.id === card?.id);
    expect(task?.external).toMatchObject({ source: 'trello', url: card?.shortUrl });
    expect(task?.external?.people.length).toBeGreaterThan(0);
    const history = await client.getTaskHistory({ params: { task_id: task?.id ?? '' }, query: {} });
    const created = history.data.at(-1);
    expect(created).toMatchObject({
      event: 'task.created',
      external_actor: { source: 'trello' },
      after: { key: task?.key },
    });
    expect(created?.external_actor?.name).toMatch(/^Member /);
    expect(Date.parse(created?.effective_at ?? '')).toBeLessThan(Date.UTC(2024, 0));
    const raw = await server.service().db.run<{ raw: { card: unknown } }>({
      sql: "select raw from import_raw where kind = 'card' and raw->'card'->>'id' = $1",
      parameters: [card?.id],
    });
    expect(raw[0]?.raw.card).toEqual(JSON.parse(JSON.stringify(card)));
  });

  it('assigns people who can see the project, and nobody else', async () => {
    const project = server.project(admin);
    const inside = newId('user');
    server.people.push(
      { id: inside, username: 'memberone', name: 'A', email: 'a@example.org' },
      { id: newId('user'), username: 'membertwo', name: 'B', email: 'b@example.org' },
    );
    server.facts(project).roles.set(inside, 'member');
    const job = await send(project, fixtureBoard(), { dryRun: true });
    server.people.length = 0;
    expect(job.counts).toMatchObject({ people_matched: 1, people_kept_as_names: 5 });
  });

  it('stores NUL, halves of characters and a BOM', async () => {
    const project = server.project(admin);
    const text = `\ufeff{"name":"x","lists":[{"id":"l","name":"L"}],"cards":[{"id":"c","name":"a\\u0000b\\ud800","odd":"\\u0000\\udfff","idList":"l"}]}`;
    expect(await finished(await send(project, text))).toMatchObject({ state: 'done', error: null });
    const { data } = await (await clientOf()).listTasks({ params: { project_id: project }, query: {} });
    expect(data.map((t) => t.title)).toEqual(['ab\ufffd']);
    expect(
      await count(
        String.raw`select count(*) as n from import_raw where position('\u0000\udfff' in raw::text) > 0 and project_id = $1`,
        project,
      ),
    ).toBe(1);
  });

  it('only counts in a dry run', async () => {
    const project = server.project(admin);
    const job = await send(project, fixtureBoard(), { dryRun: true });
    expect(job).toMatchObject({
      state: 'done',
      dry_run: true,
      batch_id: null,
      counts: planOf(JSON.parse(fixtureBoard())).counts,
    });
    expect(job.ledger?.totals).toMatchObject({ lost: 0, reconciled: true });
    expect(await counts(project)).toEqual({ tasks: 0, subtasks: 0, comments: 0, history: 0, created: 0 });
    expect(await server.service().files.list('imports')).toEqual([]);
    expect(await finished(job)).toEqual(job);
  });

  it('brings nothing twice when the same board is imported again, unless it was deleted', async () => {
    const project = server.project(admin);
    const text = JSON.stringify(makeTrelloBoard({ cards: 20 }));
    const first = await finished(await send(project, text));
    const before = await counts(project);
    const client = await clientOf();
    const again = await finished(await send(project, text));
    expect(again).toMatchObject({
      state: 'done',
      skipped: (first.counts?.tasks ?? 0) + (first.counts?.subtasks ?? 0),
    });
    expect(await counts(project)).toEqual(before);
    const { data } = await client.listTasks({ params: { project_id: project }, query: { limit: 200 } });
    const gone = data.find((task) => task.parent_id === null);
    await client.deleteTask({ params: { task_id: gone?.id ?? '' } });
    const third = await finished(await send(project, text));
    expect(third.skipped).toBeLessThan(again.skipped);
    const found = await client.listTasks({ params: { project_id: project }, query: { limit: 200 } });
    expect(found.data.filter((task) => task.external?.id === gone?.external?.id)).toHaveLength(1);
  });

  it('goes on where it was when the process ends in the middle', async () => {
    const project = server.project(admin);
    const board = makeTrelloBoard({ cards: 500, seed: 11 });
    const plan = planOf(JSON.parse(JSON.stringify(board)));
    const started = await send(project, JSON.stringify(board));
    const client = await clientOf();
    const place = { params: { project_id: project, import_id: started.id } };
    await expect
      .poll(async () => (await client.getImport(place)).done, { timeout: 60_000, interval: 10 })
      .toBeGreaterThan(0);
    await expect(send(project, fixtureBoard())).rejects.toMatchObject({
      status: 409,
      code: 'import_running',
    });
    await server.restart();
    const half = await counts(project);
    expect(half.tasks).toBeGreaterThan(0);
    expect(half.tasks).toBeLessThan(500);
    expect(await finished(started)).toMatchObject({ state: 'done', done: started.total });
    const { tasks, subtasks, comments, history } = plan.counts;
    expect(await counts(project)).toEqual({ tasks, subtasks, comments, history, created: tasks + subtasks });
    expect(await count('select count(distinct number) as n from tasks where project_id = $1', project)).toBe(
      tasks + subtasks,
    );
  });

  it('ends with a reason when its author may not import any more', async () => {
    const project = server.project(admin);
    const started = await send(project, JSON.stringify(makeTrelloBoard({ cards: 500 })));
    server.facts(project).status = 'archived';
    const client = await clientOf();
    await expect
      .poll(() => client.getImport({ params: { project_id: project, import_id: started.id } }), {
        timeout: 60_000,
      })
      .toMatchObject({ state: 'failed', error: expect.stringContaining('active') });
    await expect.poll(() => server.service().files.list('imports')).toEqual([]);
  });
});

it('holds up other writers of the project for 250 ms at most', { retry: 1, timeout: 90_000 }, async () => {
  const project = server.project(admin);
  const client = await clientOf();
  const write = async () => {
    const began = performance.now();
    await client.createTask({ params: { project_id: project }, body: { title: 'Meanwhile' } });
    return performance.now() - began;
  };
  // What a write takes without an import, on whatever else the machine does.
  const usual: number[] = [];
  for (let i = 0; i < 40; i++) usual.push(await write());
  let job = await send(project, JSON.stringify(makeTrelloBoard({ cards: 300, seed: 5 })));
  const waits: number[] = [];
  while (job.state !== 'done') {
    if (job.state === 'running') waits.push(await write());
    job = await client.getImport({ params: { project_id: project, import_id: job.id } });
  }
  expect(waits.length).toBeGreaterThan(5);
  expect(Math.max(...waits)).toBeLessThan(250 + Math.max(...usual));
});

describe('who may import', { timeout: 60_000 }, () => {
  it('refuses members, viewers and strangers, and archived projects', async () => {
    const project = server.project(admin);
    const member = newId('user');
    server.facts(project).roles.set(member, 'member');
    await expect(send(project, '{}', { user: member })).rejects.toMatchObject({ status: 403 });
    await expect(send(project, '{}', { user: newId('user') })).rejects.toMatchObject({ status: 404 });
    await expect(send(newId('project'), '{}')).rejects.toMatchObject({ status: 404 });
    await expect(send(server.project(admin, 'archived'), '{}')).rejects.toMatchObject({
      code: 'project_archived',
    });
  });

  it('finds an import only in its own project', async () => {
    const [one, other] = [server.project(admin), server.project(admin)];
    const job = await send(one, fixtureBoard(), { dryRun: true });
    const client = await clientOf();
    const at = (project: Id<'project'>) => ({ params: { project_id: project, import_id: job.id } });
    expect(await client.getImport(at(one))).toMatchObject({ id: job.id });
    await expect(client.getImport(at(other))).rejects.toMatchObject({ status: 404 });
    const stranger = await clientOf(newId('user'));
    await expect(stranger.getImport(at(one))).rejects.toMatchObject({ status: 404 });
    await expect(stranger.listImports({ params: { project_id: one }, query: {} })).rejects.toMatchObject({
      status: 404,
    });
    const list = await client.listImports({ params: { project_id: one }, query: {} });
    expect(list).toMatchObject({ meta: { total: 1 }, data: [{ id: job.id, ledger: null }] });
  });
});

describe('bad files', { timeout: 60_000 }, () => {
  it.each([
    [
      'a truncated file',
      () => fixtureBoard().slice(0, 100_000),
      'import_not_json',
      /ends in the middle, after 100,000/,
    ],
    ['something that is no JSON', () => '<html>hello</html>', 'import_not_json', /line 1, column 1/],
    [
      'a compressed file',
      () => new Uint8Array([0x1f, 0x8b, 8, 0, 0xff, 0xfe, 0xc3]),
      'import_not_json',
      /UTF-8/,
    ],
    ['an empty body', () => '', 'import_not_json', /empty/],
    [
      'JSON of something else',
      () => '{"products":[]}',
      'import_not_trello',
      /Missing: a name or id, lists, cards/,
    ],
  ])('%s is refused with a reason and leaves nothing', async (_, body, code, detail) => {
    const project = server.project(admin);
    const refused = await send(project, body()).catch((error: Error) => error);
    expect(refused).toMatchObject({ status: 422, code, message: expect.stringMatching(detail) });
    expect(await server.service().files.list('imports')).toEqual([]);
    expect(
      (await (await clientOf()).listImports({ params: { project_id: project }, query: {} })).meta.total,
    ).toBe(0);
  });

  it.each(['announced', 'unannounced'])('200 MB, %s, are refused early and not kept', async (how) => {
    const project = server.project(admin);
    const total = 200 * 1024 * 1024;
    const url = `${server.url()}/api/v1/projects/${project}/imports?source=trello`;
    const memory = process.memoryUsage().rss;
    const token = await server.token(admin);
    const { status, body, sent } = await upload(url, token, total, how === 'announced');
    expect(status).toBe(413);
    expect(JSON.parse(body)).toMatchObject({ code: 'body_too_large', status: 413 });
    expect(sent).toBeLessThan(importBodyLimit + 32 * 1024 * 1024);
    expect(process.memoryUsage().rss - memory).toBeLessThan(150 * 1024 * 1024);
    expect(await server.service().files.list('imports')).toEqual([]);
  });
});

/** Sends zeros until the server answers; gives the answer and how much was sent. */
function upload(url: string, token: string, total: number, announced: boolean) {
  const chunk = Buffer.alloc(256 * 1024, 0x20);
  return new Promise<{ status: number; body: string; sent: number }>((resolve, reject) => {
    let sent = 0;
    let answered = false;
    const req = request(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(announced ? { 'content-length': total } : {}),
      },
    });
    req.on('response', (response) => {
      answered = true;
      let body = '';
      response
        .on('data', (data) => (body += data))
        .on('end', () => resolve({ status: response.statusCode ?? 0, body, sent }));
      response.on('error', () => resolve({ status: response.statusCode ?? 0, body, sent }));
    });
    req.on('error', (error) => answered || reject(error));
    const write = () => {
      while (!answered && sent < total) {
        sent += chunk.length;
        if (!req.write(chunk)) return void req.once('drain', write);
      }
      if (!answered) req.end();
    };
    write();
  });
}

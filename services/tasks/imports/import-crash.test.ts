import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, decodeId, newId } from '@gantry/contracts';
import { tasksRoutes } from '@gantry/contracts/tasks';
import pg from 'pg';
import { expect, it } from 'vitest';
import { makeTrelloBoard } from '../../../tests/fixtures/trello/make-board.ts';
import { testDatabase } from '../../../tests/setup/postgres.ts';
import { planOf } from './testing/boards.ts';

it('an import survives its process being killed again and again, and writes nothing twice', async () => {
  const database = await testDatabase('import_crash');
  const folder = await mkdtemp(join(tmpdir(), 'gantry-crash-'));
  const [project, admin] = [newId('project'), newId('user')];
  const children: ChildProcess[] = [];
  const start = async () => {
    const script = new URL('./testing/run-server.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, database.url, folder, project, admin], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const ended = once(child, 'exit').then(() => {
      throw new Error('the server ended instead of starting');
    });
    const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
    ended.catch(() => {});
    const { url, token } = JSON.parse(line) as { url: string; token: string };
    const headers = () => ({ authorization: `Bearer ${token}` });
    return { child, client: createClient(tasksRoutes, { baseUrl: url, headers }) };
  };
  try {
    const board = makeTrelloBoard({ cards: 400, seed: 21 });
    let server = await start();
    const job = await server.client.createImport(
      { params: { project_id: project }, query: { source: 'trello' } },
      { rawBody: JSON.stringify(board) },
    );
    const progress = () => server.client.getImport({ params: { project_id: project, import_id: job.id } });
    let kills = 0;
    for (let done = 0, state = job.state as string; state !== 'done'; ) {
      ({ done, state } = await progress());
      expect(state).not.toBe('failed');
      if (state === 'running' && kills < 3 && done > (kills * job.total) / 4) {
        server.child.kill('SIGKILL');
        await once(server.child, 'exit');
        kills += 1;
        server = await start();
      }
      await pause(20);
    }
    expect(kills).toBe(3);
    const { tasks, subtasks, comments, history } = planOf(JSON.parse(JSON.stringify(board))).counts;
    const db = new pg.Client(database.url);
    await db.connect();
    const { rows } = await db.query(
      `select (select count(*)::int from tasks.tasks where project_id = $1) as tasks,
         (select count(distinct external->>'id')::int from tasks.tasks where project_id = $1) as distinct_tasks,
         (select count(distinct number)::int from tasks.tasks where project_id = $1) as numbers,
         (select count(*)::int from tasks.comments where project_id = $1) as comments,
         (select count(*)::int from tasks.log_change where stream = $2 and event = 'task.created') as created,
         (select count(*)::int from tasks.log_change where stream = $2 and event = 'task.updated') as history,
         (select count(*)::int from tasks.import_raw where project_id = $1 and task_id is not null) as raw,
         (select bool_and(s.seq = c.n) from tasks.log_stream s join (select stream, count(*) as n from tasks.log_change group by 1) c using (stream)) as gap_free`,
      [decodeId('project', project), `tasks/project:${decodeId('project', project)}`],
    );
    await db.end();
    const all = tasks + subtasks;
    expect(rows[0]).toEqual({
      tasks: all,
      distinct_tasks: all,
      numbers: all,
      comments,
      created: all,
      history,
      raw: tasks,
      gap_free: true,
    });
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);

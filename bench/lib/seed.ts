import { decodeId, encodeId, type IdKind, newId, ranksAfter, uuidv7 } from '@gantry/contracts';
import type { Status } from '@gantry/contracts/tasks';
import type pg from 'pg';

const CHUNK = 1_000;

export interface SeedProject {
  id: string;
  key: string;
  statuses: Status[];
}

export const uuidOf = (kind: IdKind, id: string): string => {
  const uuid = decodeId(kind, id);
  if (uuid === null) throw new Error(`not a ${kind} id: ${id}`);
  return uuid;
};

const WORDS =
  'invoice login search report export button customer order menu cache index price stock label'.split(' ');
const word = (n: number) => WORDS[n % WORDS.length];

/**
 * Fills a project with tasks straight in the database, log entries and outbox rows included (by log_append, as
 * every write does), 1,000 a transaction. A fifth of them is open ("todo"). Returns the ids.
 */
export async function seedTasks(
  db: pg.ClientBase,
  project: SeedProject,
  facts: { workspaceId: string; userId: string },
  count: number,
): Promise<string[]> {
  const ids: string[] = [];
  const ranks = ranksAfter(null, count);
  const { statuses } = project;
  const projectUuid = uuidOf('project', project.id);
  const userUuid = uuidOf('user', facts.userId);
  const workspaceUuid = uuidOf('workspace', facts.workspaceId);
  for (let from = 0; from < count; from += CHUNK) {
    const rows = Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => {
      const n = from + i;
      const status = statuses[n % statuses.length] as Status;
      const id = newId('task');
      ids.push(id);
      return {
        id: uuidOf('task', id),
        number: n + 1,
        title: `Fix the ${word(n)} ${word(n * 7 + 3)} ${n + 1}`,
        description:
          n % 2 ? `The **${word(n)}** is not as it should be: see the ${word(n + 5)}.\n\n`.repeat(3) : '',
        status: status.key,
        status_id: uuidOf('status', status.id),
        priority: ['none', 'low', 'medium', 'high'][n % 4],
        assignee: n % 3 === 0 ? userUuid : null,
        rank: ranks[n],
        due: n % 5 === 0 ? '2026-12-24' : null,
      };
    });
    await db.query('begin');
    await db.query(
      `insert into tasks.tasks (id, workspace_id, project_id, number, title, description, status, status_id, priority,
         assigned_to_id, assignee_ids, rank, due_date, created_by_id)
       select x.id, $2, $3, x.number, x.title, x.description, x.status, x.status_id, x.priority, x.assignee,
         array_remove(array[x.assignee], null), x.rank, x.due, $4
       from jsonb_to_recordset($1::jsonb) as x(id uuid, number int, title text, description text, status text,
         status_id uuid, priority text, assignee uuid, rank text, due date)`,
      [JSON.stringify(rows), workspaceUuid, projectUuid, userUuid],
    );
    const changes = rows.map((row, ord) => ({
      ord,
      id: uuidv7(),
      stream: `tasks/project:${projectUuid}`,
      workspace_id: workspaceUuid,
      actor: userUuid,
      origin: 'api',
      event: 'task.created',
      entity: 'task',
      entity_id: row.id,
      root: row.id,
      root_kind: 'task',
      version: 1,
      op: 'created',
      after: {
        id: encodeId('task', row.id),
        project_id: project.id,
        key: `${project.key}-${row.number}`,
        number: row.number,
        title: row.title,
        description: row.description,
        status: row.status,
        status_id: encodeId('status', row.status_id),
        priority: row.priority,
        rank: row.rank,
        due_date: row.due,
      },
      v: 1,
    }));
    await db.query('set local search_path = tasks');
    await db.query('select count(*) from log_append($1::jsonb)', [JSON.stringify(changes)]);
    await db.query(
      `insert into tasks.project_counter as c (project_id, last_number) values ($1, $2)
       on conflict (project_id) do update set last_number = greatest(c.last_number, excluded.last_number)`,
      [projectUuid, from + rows.length],
    );
    await db.query('commit');
  }
  return ids;
}

/** Waits until everything written so far has been published, so that no bench pays for what went before. */
export async function settled(db: pg.ClientBase): Promise<void> {
  for (let empty = 0; empty < 2; ) {
    const { rows } = await db.query('select exists (select from tasks.outbox) as more');
    empty = rows[0].more ? 0 : empty + 1;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

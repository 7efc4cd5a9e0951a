import { createHash } from 'node:crypto';
import type { Id, List } from '@gantry/contracts';
import type { Task } from '@gantry/contracts/tasks';
import {
  encodeCursor,
  fail,
  field,
  listOf,
  pageOf,
  parseSort,
  type Statement,
  statement,
  uuidIn,
} from '@gantry/kit';
import { requireProject } from '../access/project-access.ts';
import { type Ctx, tasksStream } from '../context.ts';
import { taskFilter } from './task-filter.ts';
import { TASK_COLUMNS, type TaskRow, taskOf } from './tasks.store.ts';

export interface TaskQuery {
  page?: number;
  limit?: number;
  cursor?: string;
  sort?: string;
  status?: string;
  priority?: string;
  assigned_to_id?: Id<'user'>;
  label_id?: Id<'label'>;
  parent_id?: Id<'task'>;
  due_before?: string;
  due_after?: string;
  archived?: boolean;
  q?: string;
  /** A filter text, see docs/filters.md. */
  filter?: string;
  time_zone?: string;
}

/** SQL of each sortable field with the type its cursor value has. */
const SORTABLE: Record<string, { sql: string; type: string }> = {
  rank: { sql: 'rank', type: 'text collate "C"' },
  number: { sql: 'number', type: 'integer' },
  title: { sql: 'lower(title)', type: 'text' },
  priority: {
    sql: "array_position(array['urgent','high','medium','low','none'], priority)",
    type: 'integer',
  },
  due_date: { sql: "coalesce(due_date, 'infinity')", type: 'date' },
  created_at: { sql: 'created_at', type: 'timestamptz' },
  updated_at: { sql: 'updated_at', type: 'timestamptz' },
};

interface Shape {
  where: string;
  params: unknown[];
}

function filterOf(projectUuid: string, q: TaskQuery): Shape {
  const params: unknown[] = [projectUuid];
  const where = ['tasks.project_id = $1', 'tasks.deleted_at is null'];
  const add = (sql: (n: string) => string, value: unknown) => {
    params.push(value);
    where.push(sql(`$${params.length}`));
  };
  if (q.status) add((n) => `status = any(${n}::text[])`, q.status.split(','));
  if (q.priority) add((n) => `priority = any(${n}::text[])`, q.priority.split(','));
  if (q.assigned_to_id) add((n) => `assignee_ids @> array[${n}::uuid]`, uuidIn('user', q.assigned_to_id));
  if (q.label_id) add((n) => `label_ids @> array[${n}::uuid]`, uuidIn('label', q.label_id));
  if (q.parent_id) add((n) => `parent_id = ${n}::uuid`, uuidIn('task', q.parent_id));
  if (q.due_before) add((n) => `due_date < ${n}::date`, q.due_before);
  if (q.due_after) add((n) => `due_date > ${n}::date`, q.due_after);
  if (q.q) {
    const number = /^(?:[A-Za-z][A-Za-z0-9]{1,9}-)?(\d{1,9})$/.exec(q.q)?.[1];
    add((n) => `title ilike ${n}`, `%${q.q.replace(/[\\%_]/g, '\\$&')}%`);
    if (number) {
      params.push(Number(number));
      where[where.length - 1] = `(${where.at(-1)} or number = $${params.length})`;
    }
  }
  return { where: where.join(' and '), params };
}

const ARCHIVED = (q: TaskQuery) => (q.archived ? 'archived' : 'not archived');

const MAX_PREPARED = 200;
const statements = new Map<string, Statement<unknown>>();

/** One prepared statement per shape of filter and sort, the first 200 of them: the hot ones stay planned, odd ones cost no memory. */
function query<Row>(ctx: Ctx, sql: string, params: unknown[]): Promise<Row[]> {
  let found = statements.get(sql);
  if (!found && statements.size < MAX_PREPARED) {
    found = statement<unknown>(
      `list.${createHash('sha1').update(sql).digest('base64url').slice(0, 20)}`,
      sql,
    );
    statements.set(sql, found);
  }
  return found ? ctx.query(found as Statement<Row>, params) : ctx.run<Row>({ sql, parameters: params });
}

const head = statement<{ seq: number }>('list.head', 'select seq from log_stream where stream = $1');
const MAX_COUNTS = 5_000;
const counts = new Map<string, { seq: number; total: number }>();

/** Exact number of matches: counted once per filter and state of the project, in one snapshot with that state. */
async function countTasks(ctx: Ctx, stream: string, filter: Shape): Promise<number> {
  const key = `${filter.where}\n${JSON.stringify(filter.params)}`;
  const known = counts.get(key);
  if (known) {
    const [now] = await ctx.query(head, [stream]);
    if (now?.seq === known.seq) return known.total;
  }
  const sql = `select coalesce((select seq from log_stream where stream = $${filter.params.length + 1}), 0) as seq, count(*) as total from tasks where ${filter.where}`;
  const [row] = await query<{ seq: number; total: number }>(ctx, sql, [...filter.params, stream]);
  if (!row) throw fail('unavailable');
  counts.delete(key);
  counts.set(key, row);
  if (counts.size > MAX_COUNTS) counts.delete(counts.keys().next().value as string);
  return row.total;
}

/** A page of the tasks of a project, by page number or after a cursor. */
export async function listTasks(ctx: Ctx, projectId: Id<'project'>, q: TaskQuery): Promise<List<Task>> {
  const facts = await requireProject(ctx, projectId, 'task.view');
  const project = uuidIn('project', projectId);
  const page = pageOf(q);
  const sort = parseSort(q.sort, 'rank');
  const base = filterOf(project, q);
  const language = q.filter
    ? await taskFilter(ctx, facts, q.filter, q.time_zone, base.params.length + 1)
    : null;
  const archived = language?.coversArchived && q.archived === undefined ? 'true' : ARCHIVED(q);
  const filter: Shape = language
    ? {
        where: `${base.where} and ${archived} and ${language.where}`,
        params: [...base.params, ...language.params],
      }
    : { where: `${base.where} and ${archived}`, params: base.params };
  const sortedByText = q.sort === undefined && language !== null && language.columns.length > 0;
  const columns = sortedByText
    ? language.columns
    : sort.map((s) => ({
        ...(SORTABLE[s.field] as { sql: string; type: string }),
        direction: s.descending ? 'desc' : 'asc',
      }));
  const order = [...columns.map((c) => `${c.sql} ${c.direction}`), 'id'].join(', ');
  const params = [...filter.params, ...(sortedByText ? language.columnParams : [])];
  const after = page.cursor === null ? '' : ` and ${cursorCondition(columns, page.cursor, params)}`;
  params.push(page.limit, page.offset);
  const keys = columns.map((c, i) => `${c.sql} as sort_${i}`).join(', ');
  const sql = `select ${TASK_COLUMNS}, ${keys} from tasks where ${filter.where}${after} order by ${order} limit $${params.length - 1} offset $${params.length}`;
  const [total, rows] = await Promise.all([
    countTasks(ctx, tasksStream(project), filter),
    query<TaskRow & Record<string, unknown>>(ctx, sql, params),
  ]);
  const last = rows.length === page.limit ? rows.at(-1) : undefined;
  const next = last
    ? encodeCursor([...columns.map((_, i) => (last[`sort_${i}`] as string | number | null) ?? null), last.id])
    : null;
  return listOf(
    rows.map((row) => taskOf(row, facts.key)),
    total,
    page,
    next,
  );
}

/** `(a, b, id)` behind the cursor's values, each in its direction. Adds the values to `params`. */
function cursorCondition(
  columns: { sql: string; type: string; direction: string }[],
  cursor: unknown[],
  params: unknown[],
): string {
  const bad = () =>
    fail('invalid_request', {
      fields: [
        field('query/cursor', 'cursor', 'Use meta.next_cursor of the page before, with the same sort.'),
      ],
    });
  if (cursor.length !== columns.length + 1) throw bad();
  const all = [...columns, { sql: 'id', type: 'uuid', direction: 'asc' }];
  const names = all.map((c, i) => {
    const value = cursor[i];
    if (value === null || !fits(c.type, value)) throw bad();
    params.push(value);
    return `$${params.length}::${c.type}`;
  });
  const alternatives = all.map((c, i) => {
    const equal = all.slice(0, i).map((e, j) => `${e.sql} = ${names[j]}`);
    return `(${[...equal, `${c.sql} ${c.direction === 'desc' ? '<' : '>'} ${names[i]}`].join(' and ')})`;
  });
  return `(${alternatives.join(' or ')})`;
}

function fits(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isSafeInteger(value) && Math.abs(value as number) <= 2_147_483_647;
  if (typeof value !== 'string' || value.includes('\0') || !value.isWellFormed()) return false;
  if (type === 'uuid') return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
  if (type === 'date')
    return value === 'infinity' || value === '-infinity' || /^\d{4}-\d{2}-\d{2}$/.test(value);
  if (type === 'timestamptz')
    return value === 'infinity' || value === '-infinity' || /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(value);
  return true;
}

import { randomUUID } from 'node:crypto';

const COLUMNS = `id, workspace_id, project_id, number, title, description, status, status_id, priority, assigned_to_id,
  assignee_ids, label_ids, parent_id, start_date, due_date, rank, comment_count, subtask_count, subtask_done_count,
  archived, created_by_id, external, completed_at, version, created_at, updated_at`;

/** What a bare create is told; the rest is made up as cheaply as it can be. */
export interface BareCreate {
  title: string;
  project_id: string;
  workspace_id: string;
  status_id: string;
  user_id: string;
}

const FILTER = 'project_id = $1 and deleted_at is null and not archived and status = any($2::text[])';

/**
 * The queries of the ceilings. Reads are ours word for word. A bare create writes the same rows into copies of the
 * same tables with the same indexes (schema `bench`, so that nothing of it is published), in two round trips.
 */
export const BARE = {
  get: { name: 'bare.get', text: `select ${COLUMNS} from tasks where id = $1 and deleted_at is null` },
  count: { name: 'bare.count', text: `select count(*) as total from tasks where ${FILTER}` },
  list: {
    name: 'bare.list',
    text: `select ${COLUMNS} from tasks where ${FILTER} order by rank asc, id limit $3 offset $4`,
  },
  insert: {
    name: 'bare.insert',
    text: `with counter as (
        insert into bench.project_counter as c (project_id, last_number) values ($3, 1)
        on conflict (project_id) do update set last_number = c.last_number + 1 returning last_number)
      insert into bench.tasks (id, workspace_id, project_id, number, title, status, status_id, rank, created_by_id)
      select $1, $2, $3, counter.last_number, $4, 'todo', $5, $6, $7 from counter
      returning ${COLUMNS}`,
  },
  insertValues: (body: BareCreate) => [
    randomUUID(),
    body.workspace_id,
    body.project_id,
    body.title,
    body.status_id,
    'm',
    body.user_id,
  ],
  append: {
    name: 'bare.append',
    text: `with counter as (
        insert into bench.log_stream as s (stream, seq, at) values ($1, 1, clock_timestamp())
        on conflict (stream) do update set seq = s.seq + 1, at = clock_timestamp() returning seq, at
      ), change as (
        insert into bench.log_change (stream, seq, id, workspace_id, at, actor, origin, request_id, event, entity,
          entity_id, root, root_kind, version, op, after, v)
        select $1, counter.seq, $2, $3, counter.at, $4, 'api', $5, 'task.created', 'task', $6, $6, 'task', 1, 'created', $7, 1
        from counter returning seq
      )
      insert into bench.outbox (stream, seq) select $1, change.seq from change`,
  },
  appendValues: (task: { id: string }, body: BareCreate) => [
    `tasks/project:${body.project_id}`,
    randomUUID(),
    body.workspace_id,
    body.user_id,
    'bench',
    task.id,
    JSON.stringify(task),
  ],
};

/** Copies of what a create writes to, filled like the original. */
export const BARE_TABLES = `
  drop schema if exists bench cascade;
  create schema bench;
  create table bench.tasks (like tasks.tasks including all);
  create table bench.project_counter (like tasks.project_counter including all);
  create table bench.log_stream (like tasks.log_stream including all);
  create table bench.log_change (like tasks.log_change including all);
  create table bench.outbox (like tasks.outbox including all);
  insert into bench.tasks select * from tasks.tasks;
  insert into bench.project_counter select * from tasks.project_counter;
  insert into bench.log_stream select * from tasks.log_stream;
  insert into bench.log_change select * from tasks.log_change;
  grant usage on schema bench to gantry_tasks;
  grant all on all tables in schema bench to gantry_tasks;
  alter table bench.tasks add foreign key (status_id) references tasks.statuses (id);
  alter table bench.tasks add foreign key (parent_id) references bench.tasks (id);
  vacuum analyze`;

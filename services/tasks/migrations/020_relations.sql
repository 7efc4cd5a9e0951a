-- What tasks are to each other. `relates` has no direction: the lesser id is kept as the first.
create table relations (
  id uuid primary key,
  workspace_id uuid not null,
  kind text not null,
  from_task_id uuid not null references tasks (id),
  to_task_id uuid not null references tasks (id),
  created_by_id uuid,
  created_at timestamptz(3) not null default now(),
  constraint relations_once unique (from_task_id, kind, to_task_id)
);
create index relations_to on relations (to_task_id, kind);

create table statuses (
  id uuid primary key,
  project_id uuid not null,
  workspace_id uuid not null,
  key text not null,
  name text not null,
  category text not null,
  color text not null,
  rank text collate "C" not null,
  archived boolean not null default false,
  version integer not null default 1,
  constraint statuses_key unique (project_id, key)
);
create unique index statuses_name on statuses (project_id, lower(name));

create table labels (
  id uuid primary key,
  project_id uuid not null,
  workspace_id uuid not null,
  name text not null,
  color text not null,
  version integer not null default 1
);
create unique index labels_name on labels (project_id, lower(name));

-- Last number given in a project. Locked from the insert of a task to its commit.
create table project_counter (
  project_id uuid primary key,
  last_number integer not null
) with (fillfactor = 50);

create table tasks (
  id uuid primary key,
  workspace_id uuid not null,
  project_id uuid not null,
  number integer not null,
  title text not null,
  description text not null default '',
  status text not null,
  status_id uuid not null references statuses (id),
  priority text not null default 'none',
  assigned_to_id uuid,
  assignee_ids uuid[] not null default '{}',
  label_ids uuid[] not null default '{}',
  parent_id uuid references tasks (id),
  start_date date,
  due_date date,
  rank text collate "C" not null,
  -- Counted with the comment or subtask that changes them, not logged of their own: live readers count what they see.
  comment_count integer not null default 0,
  subtask_count integer not null default 0,
  subtask_done_count integer not null default 0,
  archived boolean not null default false,
  created_by_id uuid,
  external jsonb,
  -- What an import keeps word for word and does not interpret.
  raw jsonb,
  completed_at timestamptz(3),
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  deleted_at timestamptz(3),
  -- The task whose deletion took this one along; restored together.
  deleted_with uuid,
  constraint tasks_number unique (project_id, number)
) with (fillfactor = 85);
create index tasks_column on tasks (project_id, status_id, rank, id) where deleted_at is null;
create index tasks_board on tasks (project_id, rank, id) where deleted_at is null and not archived;
create index tasks_page on tasks (project_id, id) where deleted_at is null;
create index tasks_parent on tasks (parent_id) where parent_id is not null;
create index tasks_labels on tasks using gin (label_ids);
create index tasks_assignees on tasks using gin (assignee_ids);

create table comments (
  id uuid primary key,
  task_id uuid not null references tasks (id),
  project_id uuid not null,
  workspace_id uuid not null,
  user_id uuid,
  external_author jsonb,
  content text not null,
  edited boolean not null default false,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  deleted_at timestamptz(3)
);
create index comments_task on comments (task_id, created_at, id) where deleted_at is null;

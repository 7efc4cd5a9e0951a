-- One import of a foreign file into a project. While it is open its file is kept; progress is stored with every chunk.
create table import_jobs (
  id uuid primary key,
  workspace_id uuid not null,
  project_id uuid not null,
  user_id uuid not null,
  source text not null,
  file_name text,
  file_key text,
  dry_run boolean not null,
  state text not null,
  done integer not null default 0,
  total integer not null,
  -- Index in the plan of the next task to write. The same file and plan_input give the same plan.
  next_task integer not null default 0,
  skipped integer not null default 0,
  plan_input jsonb not null,
  -- What lists and labels of the file became here, once they are made.
  refs jsonb,
  counts jsonb not null,
  ledger jsonb not null,
  error text,
  batch_id uuid,
  created_at timestamptz(3) not null default now(),
  finished_at timestamptz(3)
);
create index import_jobs_project on import_jobs (project_id, created_at desc, id);
create unique index import_jobs_open on import_jobs (project_id) where state in ('queued', 'running');

-- What became of each foreign object, so that nothing is written twice: not after a crash, not by a second import.
create table import_refs (
  project_id uuid not null,
  source text not null,
  external_id text not null,
  workspace_id uuid not null,
  task_id uuid not null,
  constraint import_refs_once primary key (project_id, source, external_id)
);

-- Foreign objects word for word: those of one task, or (task_id null) what belongs to the import as a whole.
-- json, not jsonb: it keeps NUL and halves of characters as they were escaped in the file.
create table import_raw (
  id uuid primary key,
  import_id uuid not null,
  workspace_id uuid not null,
  project_id uuid not null,
  task_id uuid,
  kind text not null,
  raw json not null
);
create index import_raw_task on import_raw (task_id) where task_id is not null;
create index import_raw_import on import_raw (import_id);

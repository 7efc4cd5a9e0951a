create table projects (
  id uuid primary key,
  workspace_id uuid not null,
  key text not null,
  name text not null,
  description text not null default '',
  status text not null default 'active',
  visibility text not null default 'workspace',
  owner_id uuid,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  deleted_at timestamptz(3)
);
-- A key stays taken while its project is in the trash, so that a restore never clashes.
create unique index projects_key on projects (workspace_id, key);
create index projects_workspace on projects (workspace_id, name, id) where deleted_at is null;

create table project_members (
  id uuid not null unique,
  project_id uuid not null references projects (id),
  user_id uuid not null,
  workspace_id uuid not null,
  role text not null,
  version integer not null default 1,
  joined_at timestamptz(3) not null default now(),
  primary key (project_id, user_id)
);
create index project_members_user on project_members (user_id, workspace_id);

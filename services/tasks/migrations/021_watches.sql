-- What people said themselves about watching a task. Its creator, assignees and commenters watch without a row.
create table watches (
  id uuid primary key,
  task_id uuid not null references tasks (id),
  workspace_id uuid not null,
  user_id uuid not null,
  watching boolean not null,
  version integer not null default 1,
  constraint watches_once unique (task_id, user_id)
);

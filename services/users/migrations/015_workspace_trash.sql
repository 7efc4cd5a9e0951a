alter table workspace add column deleted_at timestamptz(3);
create index workspace_deleted on workspace (deleted_at) where deleted_at is not null;

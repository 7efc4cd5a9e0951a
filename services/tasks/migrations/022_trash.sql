create index tasks_trash on tasks (project_id, deleted_at desc, id) where deleted_at is not null;

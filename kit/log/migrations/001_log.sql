-- The one log of a service, its counters, and what publishing and consuming need. See docs/architecture.md.

-- The counter of each stream. A row is locked only from the last statement of a transaction to its commit.
create table log_stream (
  stream text primary key,
  seq bigint not null,
  at timestamptz(3) not null
) with (fillfactor = 70);

create table log_change (
  stream text not null,
  seq bigint not null,
  id uuid not null,
  workspace_id uuid,
  at timestamptz(3) not null,
  actor uuid,
  external_actor jsonb,
  origin text not null,
  request_id text,
  mutation_id text,
  batch_id uuid,
  event text not null,
  entity text not null,
  entity_id uuid not null,
  root uuid not null,
  root_kind text not null,
  version integer not null,
  op text not null,
  before jsonb,
  after jsonb,
  undoes uuid,
  effective_at timestamptz(3),
  v smallint not null,
  primary key (stream, seq)
);
create unique index log_change_id on log_change (id);
create index log_change_root on log_change (root, at);
create index log_change_batch on log_change (batch_id) where batch_id is not null;

-- Text over 4 kB, once by hash per workspace; the log holds {"$text": hash}.
create table log_text (
  workspace_id uuid not null,
  hash text not null,
  body text not null,
  primary key (workspace_id, hash)
);

create table outbox (
  id bigint generated always as identity primary key,
  stream text not null,
  seq bigint not null
);

-- How far each consumer of this service has come in each stream; committed together with the effect.
create table inbox (
  consumer text not null,
  stream text not null,
  seq bigint not null,
  attempts integer not null default 0,
  retry_at timestamptz(3),
  error text,
  primary key (consumer, stream)
) with (fillfactor = 70);
create index inbox_retry on inbox (retry_at) where retry_at is not null;

create table dead_letter (
  id uuid primary key,
  consumer text not null,
  stream text not null,
  seq bigint not null,
  event text not null,
  change jsonb not null,
  error text not null,
  attempts integer not null,
  at timestamptz(3) not null default now(),
  unique (consumer, stream, seq)
);

create table idempotency_key (
  user_id text not null,
  key text not null,
  route text not null,
  body_hash text not null,
  response jsonb,
  at timestamptz(3) not null default now(),
  primary key (user_id, key)
);
create index idempotency_key_at on idempotency_key (at);

-- Appends changes: locks the counters in sorted order, numbers and times the changes, fills the outbox.
-- changes: a JSON array of rows of log_change without seq and at, in the order they happened.
-- Gives stream, seq, at and id of each. Called as the last statement before commit, and from triggers.
create function log_append(changes jsonb)
returns table (id uuid, stream text, seq bigint, at timestamptz(3))
language sql volatile as $$
  with input as (
    select x.*, row_number() over (partition by x.stream order by x.ord) as nth
    from jsonb_to_recordset(changes) as x(
      ord int, id uuid, stream text, workspace_id uuid, actor uuid, external_actor jsonb, origin text,
      request_id text, mutation_id text, batch_id uuid, event text, entity text, entity_id uuid, root uuid,
      root_kind text, version int, op text, before jsonb, after jsonb, undoes uuid, effective_at timestamptz(3), v smallint)
  ), wanted as (
    select i.stream, count(*) as n from input i group by i.stream order by i.stream
  ), counter as (
    insert into log_stream as s (stream, seq, at)
    select w.stream, w.n, date_trunc('milliseconds', clock_timestamp()) + (w.n - 1) * interval '1 millisecond'
    from wanted w order by w.stream
    on conflict (stream) do update
      set seq = s.seq + excluded.seq,
          at = greatest(excluded.at, s.at + excluded.seq * interval '1 millisecond')
    returning s.stream, s.seq, s.at
  ), numbered as (
    select i.*, c.seq - w.n + i.nth as new_seq, c.at - (w.n - i.nth) * interval '1 millisecond' as new_at
    from input i join counter c using (stream) join wanted w using (stream)
  ), written as (
    insert into log_change (stream, seq, id, workspace_id, at, actor, external_actor, origin, request_id, mutation_id,
      batch_id, event, entity, entity_id, root, root_kind, version, op, before, after, undoes, effective_at, v)
    select n.stream, n.new_seq, n.id, n.workspace_id, n.new_at, n.actor, n.external_actor, n.origin, n.request_id, n.mutation_id,
      n.batch_id, n.event, n.entity, n.entity_id, n.root, n.root_kind, n.version, n.op, n.before, n.after, n.undoes, n.effective_at, n.v
    from numbered n
    returning log_change.id, log_change.stream, log_change.seq, log_change.at
  ), queued as (
    insert into outbox (stream, seq) select w.stream, w.seq from written w order by w.stream, w.seq
  )
  select w.id, w.stream, w.seq, w.at from written w
$$;

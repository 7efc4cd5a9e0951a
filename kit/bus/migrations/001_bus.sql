-- The bus on PostgreSQL: published changes on their way to readers. Never the truth; the owners' logs are.
create table message (
  id bigint generated always as identity primary key,
  partition smallint not null,
  stream text not null,
  seq bigint not null,
  change jsonb not null,
  at timestamptz(3) not null default clock_timestamp()
);

-- How far each work consumer has come in each of its 16 partitions.
create table cursor (
  consumer text not null,
  partition smallint not null,
  position bigint not null,
  seen_at timestamptz(3) not null default now(),
  primary key (consumer, partition)
) with (fillfactor = 50);

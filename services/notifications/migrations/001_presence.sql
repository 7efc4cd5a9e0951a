-- Who is looking at what, as each process knows it, so that the others know it too. Nothing is lost with it.
create unlogged table presence (
  stream text not null,
  instance uuid not null,
  user_id uuid not null,
  name text not null,
  place text,
  seen_at timestamptz(3) not null,
  primary key (stream, instance, user_id)
);
create index presence_seen_at on presence (seen_at);

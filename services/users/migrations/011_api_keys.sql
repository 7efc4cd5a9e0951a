create table api_key (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  name text not null,
  -- SHA-256 of the key: 256 random bits need no slow hash.
  key_hash bytea not null unique,
  shown_as text not null,
  scopes text[] not null,
  expires_at timestamptz(3),
  -- Written at most once a minute.
  last_used_at timestamptz(3),
  created_at timestamptz(3) not null default now()
);
create index api_key_of_user on api_key (user_id, created_at);

-- Tokens that came by mail, as SHA-256. Each works once; one of a kind per person.
create table credential_token (
  token_hash bytea primary key,
  kind text not null check (kind in ('password_reset', 'email')),
  user_id uuid not null references users (id) on delete cascade,
  -- The address it was sent to: what it proves.
  email text not null,
  expires_at timestamptz(3) not null,
  created_at timestamptz(3) not null default now(),
  unique (user_id, kind)
);
create index credential_token_expiry on credential_token (expires_at);

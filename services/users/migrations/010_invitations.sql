-- Mail to be sent: what it is about, never its words. Tokens are made when it is sent and stored as hashes only.
create table mail_queue (
  id uuid primary key default uuidv7(),
  kind text not null,
  -- What of this kind waits already is not queued twice.
  about text not null,
  facts jsonb not null,
  attempts integer not null default 0,
  next_at timestamptz(3) not null default now(),
  created_at timestamptz(3) not null default now(),
  unique (kind, about)
);
create index mail_queue_next on mail_queue (next_at);

create table invitation (
  id uuid primary key,
  workspace_id uuid not null references workspace (id) on delete cascade,
  -- Lower case; null for a link.
  email text,
  role text not null check (role in ('admin', 'member', 'guest')),
  projects jsonb not null default '[]',
  -- SHA-256 of the token; null until the mail with it is sent.
  token_hash bytea unique,
  invited_by uuid references users (id) on delete set null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  accepted_at timestamptz(3),
  accepted_by uuid references users (id) on delete set null,
  revoked_at timestamptz(3),
  -- Held for the sign-up it is being used by, so that two sign-ups at once have one outcome.
  held_until timestamptz(3),
  held_by uuid
);
create unique index invitation_pending_email on invitation (workspace_id, email)
  where accepted_at is null and revoked_at is null;
create index invitation_pending on invitation (workspace_id, created_at)
  where accepted_at is null and revoked_at is null;

-- Written at most once a minute.
alter table session add column last_seen_at timestamptz(3) not null default now();

-- Attempts by a hash of what they are counted by (login and address, or address alone): no account is named here.
create unlogged table sign_in_attempt (
  key bytea primary key,
  failures integer not null,
  next_at timestamptz(3) not null,
  updated_at timestamptz(3) not null default now()
);
create index sign_in_attempt_updated on sign_in_attempt (updated_at);

create table sign_in (
  id uuid primary key default uuidv7(),
  user_id uuid not null references users (id) on delete cascade,
  at timestamptz(3) not null default now(),
  outcome text not null,
  address text,
  user_agent text
);
create index sign_in_of_user on sign_in (user_id, at desc);
create index sign_in_at on sign_in (at);

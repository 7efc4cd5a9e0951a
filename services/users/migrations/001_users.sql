-- People, credentials and sessions (written by better-auth), workspaces and memberships (written by us).

create table users (
  id uuid primary key default uuidv7(),
  -- Lower case, for looking up; display_username keeps the case it was typed in.
  username text unique,
  display_username text,
  email text not null unique,
  email_verified boolean not null default false,
  first_name text not null default '',
  last_name text not null default '',
  -- Always first and last name; kept by a trigger.
  name text not null default '',
  image text,
  role text not null default 'user' check (role in ('admin', 'user')),
  -- Name of the first workspace while it is still to be made; null afterwards.
  first_workspace text,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);

create table account (
  id uuid primary key default uuidv7(),
  user_id uuid not null references users (id) on delete cascade,
  account_id text not null,
  provider_id text not null,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz(3),
  refresh_token_expires_at timestamptz(3),
  scope text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  unique (provider_id, account_id)
);
create index account_of_user on account (user_id);

create table session (
  id uuid primary key default uuidv7(),
  user_id uuid not null references users (id) on delete cascade,
  token text not null unique,
  expires_at timestamptz(3) not null,
  ip_address text,
  user_agent text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create index session_of_user on session (user_id);
create index session_expiry on session (expires_at);

create table verification (
  id uuid primary key default uuidv7(),
  identifier text not null,
  value text not null,
  expires_at timestamptz(3) not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create index verification_identifier on verification (identifier);

-- The users table as the specification writes it, with the hash beside the person.
create view user_with_password_hash as
  select u.id, u.username, u.email, a.password as password_hash, u.first_name, u.last_name, u.role,
    u.created_at, u.updated_at
  from users u left join account a on a.user_id = u.id and a.provider_id = 'credential';

-- Keys that sign tokens; the private half is encrypted with a key derived from the installation's secret.
create table jwt_key (
  id uuid primary key,
  public_jwk jsonb not null,
  private_key bytea not null,
  created_at timestamptz(3) not null default now()
);

create table workspace (
  id uuid primary key,
  name text not null,
  slug text not null unique,
  created_by uuid not null,
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);

create table membership (
  id uuid not null unique,
  workspace_id uuid not null references workspace (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member', 'guest')),
  version integer not null default 1,
  joined_at timestamptz(3) not null default now(),
  primary key (workspace_id, user_id)
);
create index membership_user on membership (user_id);

-- The first account of the installation is its admin. The lock makes two first accounts take turns; it is only
-- taken while there is none.
create function users_before_insert() returns trigger language plpgsql as $$
begin
  new.name := trim(new.first_name || ' ' || new.last_name);
  if not exists (select from users) then
    perform pg_advisory_xact_lock(7236100);
    if not exists (select from users) then new.role := 'admin'; end if;
  end if;
  return new;
end $$;
create trigger before_insert before insert on users for each row execute function users_before_insert();

create function users_before_update() returns trigger language plpgsql as $$
begin
  new.name := trim(new.first_name || ' ' || new.last_name);
  if (new.username, new.display_username, new.email, new.email_verified, new.first_name, new.last_name, new.role)
    is distinct from (old.username, old.display_username, old.email, old.email_verified, old.first_name, old.last_name, old.role)
  then
    new.version := old.version + 1;
    new.updated_at := clock_timestamp();
  end if;
  return new;
end $$;
create trigger before_update before update on users for each row execute function users_before_update();

-- What of a person's row may be in the log, in the form the API returns it.
create function user_log_fields(u users) returns jsonb language sql immutable as $$
  select jsonb_build_object(
    'username', coalesce(u.display_username, u.username), 'email', u.email, 'email_verified', u.email_verified,
    'first_name', u.first_name, 'last_name', u.last_name, 'name', u.name, 'role', u.role)
$$;

-- Logs the person's own stream in the transaction that writes the row, whoever wrote it.
create function users_log() returns trigger language plpgsql as $$
declare
  before_fields jsonb;
  after_fields jsonb := user_log_fields(new);
begin
  if tg_op = 'UPDATE' then
    if new.version = old.version then return null; end if;
    before_fields := user_log_fields(old);
    select jsonb_object_agg(n.key, n.value), jsonb_object_agg(n.key, before_fields -> n.key)
      into after_fields, before_fields
      from jsonb_each(after_fields) n where n.value is distinct from before_fields -> n.key;
  end if;
  perform log_append(jsonb_build_array(jsonb_build_object(
    'ord', 0, 'id', uuidv7(), 'stream', 'users/user:' || new.id,
    'actor', coalesce(nullif(current_setting('gantry.actor', true), '')::uuid, new.id),
    'origin', coalesce(nullif(current_setting('gantry.origin', true), ''), 'system'),
    'request_id', nullif(current_setting('gantry.request_id', true), ''),
    'mutation_id', nullif(current_setting('gantry.mutation_id', true), ''),
    'event', case tg_op when 'INSERT' then 'user.created' else 'user.updated' end,
    'entity', 'user', 'entity_id', new.id, 'root', new.id, 'root_kind', 'user', 'version', new.version,
    'op', case tg_op when 'INSERT' then 'created' else 'updated' end,
    'before', before_fields, 'after', after_fields, 'v', 1)));
  return null;
end $$;
create trigger log after insert or update on users for each row execute function users_log();

-- One row: what holds for the whole installation.
create table platform_setting (
  one boolean primary key default true check (one),
  sign_ups text not null default 'open' check (sign_ups in ('open', 'invite_only', 'closed')),
  version integer not null default 1,
  updated_at timestamptz(3) not null default now()
);
insert into platform_setting default values;

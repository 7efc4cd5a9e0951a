create table note (id uuid primary key, title text not null, version integer not null);

-- What a consumer did. No unique constraint: a change handled twice shows.
create table effect (id bigint generated always as identity primary key, stream text not null, seq bigint not null, title text not null);

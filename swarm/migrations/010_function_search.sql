-- Which library this is, so that a process that sees several keeps the index of each.
create table swarm.library (id uuid primary key default gen_random_uuid());
insert into swarm.library default values;

-- How often the library was changed: whoever has an index of it compares the sum. Many rows, so that those who change
-- it do not wait for each other.
create table swarm.function_changes (
    writer integer primary key,
    changes bigint not null default 1
);

create function swarm.note_function_change() returns trigger language plpgsql as $$
begin
    insert into swarm.function_changes (writer) values (pg_backend_pid() % 4096)
    on conflict (writer) do update set changes = function_changes.changes + 1;
    return null;
end $$;

create trigger functions_changed after insert or update or delete or truncate on swarm.functions
    for each statement execute function swarm.note_function_change();
create trigger function_goals_changed after insert or update or delete or truncate on swarm.function_goals
    for each statement execute function swarm.note_function_change();

-- The words by which a function is found, packed (swarm.functions.views); `state` says of what they were made, and
-- `hashes` are those of the texts that have a vector.
create table swarm.function_terms (
    name text primary key,
    state text not null,
    terms bytea not null,
    hashes text[] not null
);

-- Vectors as bytes: 32-bit floats, the most significant byte first, as float4send writes them.
alter table swarm.function_vectors add column packed bytea;
update swarm.function_vectors set packed = (
    select string_agg(float4send(number), ''::bytea order by place)
    from unnest(vector) with ordinality as numbers (number, place)
);
alter table swarm.function_vectors drop column vector;
alter table swarm.function_vectors rename column packed to vector;
delete from swarm.function_vectors where vector is null;
alter table swarm.function_vectors alter column vector set not null;
alter table swarm.function_vectors alter column vector set storage external;
alter table swarm.function_terms alter column terms set storage external;

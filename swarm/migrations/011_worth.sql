-- What a function is worth: how many mutants its tests kill, and what it has brought to the nodes that were told of it.
alter table swarm.functions
    add column mutants integer,
    add column killed integer,
    drop constraint functions_status_check,
    add constraint functions_status_check
        check (status in ('saved', 'proven', 'superseded', 'quarantined', 'retired'));

-- One row for what happened to a function in one node; `key` is the step, so that what runs twice counts once.
create table swarm.function_uses (
    name text not null,
    use text not null check (use in ('shown', 'chosen', 'helped', 'hurt')),
    key text not null,
    at timestamptz not null default now(),
    primary key (name, use, key)
);

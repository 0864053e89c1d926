-- What the swarm can do. One row a version; of each name one version at most is not superseded, and is called.
create table swarm.functions (
    name text not null,
    version integer not null,
    status text not null check (status in ('saved', 'proven', 'superseded', 'quarantined')),
    maker text not null check (maker in ('swarm', 'person', 'builtin')),
    record json not null, -- not jsonb, which would forget the order of the parameters
    provenance jsonb not null default '{}',
    supersedes integer,
    created timestamptz not null default now(),
    primary key (name, version)
);

create unique index functions_current on swarm.functions (name) where status <> 'superseded';

-- Every call. `key` names the step that made it and its number there: what runs twice after a crash counts once.
create table swarm.function_calls (
    id bigint generated always as identity primary key,
    name text not null,
    version integer not null,
    caller text not null,
    run text,
    node text,
    key text unique,
    arguments_hash text not null,
    outcome text not null check (outcome in ('ok', 'failed', 'refused')),
    error text,
    seconds double precision not null,
    at timestamptz not null default now()
);

create index function_calls_by_version on swarm.function_calls (name, version, id);

-- The goals a function has helped with: one of the views it is found by.
create table swarm.function_goals (
    name text not null,
    goal text not null,
    at timestamptz not null default now(),
    primary key (name, goal)
);

-- What a view of a function means, as numbers; those of another model are never compared.
create table swarm.function_vectors (
    name text not null,
    view text not null,
    model text not null,
    text_hash text not null,
    vector real[] not null,
    primary key (name, view, model)
);

create table swarm.runs (
    run text primary key,
    goal text not null,
    workspace text,
    flow_run_id uuid,
    created timestamptz not null default now(),
    settings jsonb not null default '{}'
);

-- One row a model call. `key` names the step that paid for it: a step that runs twice after a crash is counted once.
create table swarm.usage (
    id bigint generated always as identity primary key,
    run text not null,
    node text not null,
    role text not null,
    model text not null,
    tokens_in integer not null,
    tokens_out integer not null,
    usd double precision,
    seconds double precision not null,
    at timestamptz not null default now(),
    key text unique
);

create index usage_by_run on swarm.usage (run, node);

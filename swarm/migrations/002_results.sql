-- What Prefect persists: steps and reports, each under its own key.
create table swarm.results (
    key text primary key,
    data bytea not null,
    at timestamptz not null default now()
);

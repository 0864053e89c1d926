-- What makes a run what it is, beside its goal: whom it replays or forks, and what differs from that.
alter table swarm.runs
    add column source text,
    add column mode text not null default 'live' check (mode in ('live', 'replay')),
    add column live_from text,
    add column changes jsonb not null default '{}',
    add column resumes integer not null default 0,
    add column past jsonb;

alter table swarm.runs alter column goal drop not null;

-- One row a model call, whole or absent, written together with what it cost. `key` is the step's key and a number.
create table swarm.tape (
    key text primary key,
    run text not null,
    node text not null,
    request text not null,
    asked jsonb not null,
    answer jsonb,
    error jsonb,
    at timestamptz not null default now()
);

create index tape_by_run on swarm.tape (run);

-- A node that was given new turns by a person: which report did not count any more, after which turn, what he said.
create table swarm.retries (
    id bigint generated always as identity primary key,
    run text not null,
    batch integer not null,
    node text not null,
    path text not null,
    made_of text not null,
    ended text not null,
    turn integer not null,
    note text not null default '',
    at timestamptz not null default now()
);

create index retries_by_run on swarm.retries (run);

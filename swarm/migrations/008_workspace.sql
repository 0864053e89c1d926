-- Contents of files, each kept once whatever names it; `blob_uses` says for which runs, so that pruning can tell.
create table swarm.blobs (
    sha256 text primary key,
    data bytea not null,
    at timestamptz not null default now()
);

create table swarm.blob_uses (
    run text not null,
    sha256 text not null references swarm.blobs on delete cascade,
    primary key (run, sha256)
);

create index blob_uses_by_blob on swarm.blob_uses (sha256);

-- What a run means to do to a file of its workspace, written down before it is done: a step that is run again after a
-- kill finishes what stands here. `before` and `after` name contents; null is no file.
create table swarm.file_changes (
    id bigint generated always as identity primary key,
    run text not null,
    node text not null,
    step text not null,
    path text not null,
    before text,
    after text,
    executable boolean,
    at timestamptz not null default now(),
    unique (step, path)
);

create index file_changes_by_run on swarm.file_changes (run, id);

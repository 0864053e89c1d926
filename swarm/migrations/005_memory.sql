-- What the swarm remembers. An item is a file, a page, a document, a note: whatever has an address and a text.
create extension if not exists vector;

create table swarm.items (
    id bigint generated always as identity primary key,
    uri text not null unique,
    title text not null,
    kind text not null,
    place text not null check (place in ('file', 'web', 'github', 'object', 'database')),
    how_to_get text not null,
    summary text not null default '',
    hash text not null,
    size integer not null default 0, -- characters
    content text, -- of items that lie nowhere else
    provenance jsonb not null default '{}',
    name text not null default '', -- the title as others mention it, see swarm.memory.names
    linked boolean not null default false, -- the passages that were there before it were searched for its name
    created timestamptz not null default now(),
    checked timestamptz not null default now()
);

create index items_by_name on swarm.items (split_part(name, ' ', 1)) where name <> '';
create index items_by_uri on swarm.items (uri text_pattern_ops);

create table swarm.passages (
    id bigint generated always as identity primary key,
    item bigint not null references swarm.items on delete cascade,
    number integer not null, -- its place in the item, from 0
    title text not null,
    text text not null,
    hash text not null,
    page integer,
    first_line integer,
    last_line integer,
    linked boolean not null default false -- it was searched for the names of items
);

create index passages_by_item on swarm.passages (item, number);
create index passages_unlinked on swarm.passages (id) where not linked;

-- The lexical index: for each term and each segment of passage ids, the passages that have it (swarm.memory.postings).
create table swarm.postings (
    term text not null,
    segment integer not null,
    entries bytea not null,
    primary key (term, segment)
);

alter table swarm.postings alter column entries set storage external;

create table swarm.segments (
    segment integer primary key,
    passages integer not null,
    words bigint not null
);

-- The semantic index: one vector for each passage and embedding model; a model's vectors all have one size.
create table swarm.embedders (
    model text primary key,
    size integer not null
);

create table swarm.vectors (
    passage bigint not null references swarm.passages on delete cascade,
    model text not null references swarm.embedders,
    embedding halfvec not null,
    primary key (passage, model)
);

-- The graph: a passage mentions another item, or says how two are related.
create table swarm.links (
    passage bigint not null references swarm.passages on delete cascade,
    item bigint not null references swarm.items on delete cascade,
    relation text not null default 'mentions',
    primary key (passage, item, relation)
);

create index links_by_item on swarm.links (item);

-- The folders in which the addresses lie, with what they are known by; made anew when what lies in them changes.
create table swarm.folders (
    uri text primary key,
    parent text not null,
    items integer not null,
    titles text not null
);

create index folders_by_parent on swarm.folders (parent);

-- What a person asked to be kept fresh, and how far the last look has come.
create table swarm.sources (
    uri text primary key,
    options jsonb not null default '{}',
    cursor text not null default '',
    state text not null default 'new',
    items integer not null default 0,
    failed integer not null default 0,
    added timestamptz not null default now(),
    refreshed timestamptz
);

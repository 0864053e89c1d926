-- What a model has found in passages, where a person had it asked: who and what they speak of, and how it is related.
create table swarm.entities (
    -- below zero: in the graph they stand beside items
    id bigint generated always as identity (start with -1 increment by -1 maxvalue -1) primary key,
    name text not null unique, -- as an item's name, see swarm.memory.names
    title text not null, -- as it was written first
    kind text not null
);

create index entities_by_name on swarm.entities (split_part(name, ' ', 1));

create table swarm.asked ( -- passages that a model was asked about
    passage bigint primary key references swarm.passages on delete cascade
);

create table swarm.occurrences (
    passage bigint not null references swarm.passages on delete cascade,
    entity bigint not null references swarm.entities on delete cascade,
    primary key (passage, entity)
);

create index occurrences_by_entity on swarm.occurrences (entity);

create table swarm.relations (
    passage bigint not null references swarm.passages on delete cascade,
    subject bigint not null references swarm.entities on delete cascade,
    relation text not null,
    object bigint not null references swarm.entities on delete cascade,
    primary key (passage, subject, relation, object)
);

create index relations_by_subject on swarm.relations (subject);
create index relations_by_object on swarm.relations (object);

-- An entity that no passage speaks of any more is gone, whatever took the passage away.
create function swarm.forget_entities() returns trigger language plpgsql as $$
begin
    delete from swarm.entities e using gone
    where e.id = gone.entity and not exists (select 1 from swarm.occurrences o where o.entity = e.id);
    return null;
end $$;

create trigger forget_entities after delete on swarm.occurrences
    referencing old table as gone for each statement execute function swarm.forget_entities();

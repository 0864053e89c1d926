-- Of the tokens read, those that came from the provider's cache.
alter table swarm.usage add column cached integer not null default 0;

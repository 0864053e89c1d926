-- What the owner of this swarm named when a run was started with the command line: its workspace and its inputs.
-- Empty for a run that came over Prefect's API; null for one from before this was written down.
alter table swarm.runs add column named text[];

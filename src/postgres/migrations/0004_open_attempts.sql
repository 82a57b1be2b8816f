-- What leader and workers look for every second, without loading a cutover.
alter table cutover.ticket
  -- Somebody asked to stop it.
  add column cancel_requested boolean not null default false,
  -- What the log says of its host's view: `unknown` when somebody looked and cannot tell.
  add column sight text not null default 'in sight' check (sight in ('in sight', 'out of sight', 'unknown'));
create index ticket_open on cutover.ticket (pool, status) where status <> 'ended';
create index cutover_open on cutover.cutover (planned_start_ms) where status not in ('closed', 'abandoned');

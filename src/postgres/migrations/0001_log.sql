-- The log: what happened, who, when. Everything else can be rebuilt from it.

create table cutover.installation (
  id uuid primary key default gen_random_uuid(),
  singleton boolean not null default true unique check (singleton),
  slack_team text,
  created_at timestamptz not null default now()
);
insert into cutover.installation default values;

-- One row per cutover: the lock that serialises appends, the head of its chain, and the summary for lists.
create table cutover.cutover (
  id text primary key,
  position integer not null default 0,
  head text not null,
  status text not null,
  title text not null,
  runbook text not null,
  environment text not null,
  live boolean not null,
  channel_name text not null,
  planned_start_ms bigint not null,
  targets text[] not null default '{}',
  -- When the leader has to look again although nothing happens; null: nothing is due by time.
  wake_at_ms bigint
);
create index on cutover.cutover (status);

create table cutover.event (
  cutover text not null references cutover.cutover,
  position integer not null check (position > 0),
  type text not null,
  version integer not null,
  at_ms bigint not null,
  actor text not null,
  -- Idempotency key of the command, on the first event it made.
  key text unique,
  -- The exact text that was hashed; never re-serialised.
  data text not null,
  previous text not null,
  hash text not null,
  primary key (cutover, position)
);

-- Opening and closing of every cutover in one chain, so that a removed cutover shows.
create table cutover.registry (
  position integer primary key check (position > 0),
  what text not null check (what in ('opened', 'closed')),
  cutover text not null,
  head text not null,
  at_ms bigint not null,
  previous text not null,
  hash text not null
);

create function cutover.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the log is append-only: % of %.% is refused', tg_op, tg_table_schema, tg_table_name
    using errcode = 'restrict_violation';
end $$;

create trigger append_only before update or delete on cutover.event
  for each row execute function cutover.refuse_change();
create trigger never_truncated before truncate on cutover.event
  for each statement execute function cutover.refuse_change();
create trigger append_only before update or delete on cutover.registry
  for each row execute function cutover.refuse_change();
create trigger never_truncated before truncate on cutover.registry
  for each statement execute function cutover.refuse_change();

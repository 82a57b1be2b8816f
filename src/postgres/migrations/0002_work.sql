-- Tickets lock an attempt; its state is in the log.
create table cutover.ticket (
  attempt text primary key,
  cutover text not null references cutover.cutover,
  step text not null,
  pool text not null,
  status text not null check (status in ('dispatched', 'claimed', 'spawning', 'running', 'ended')),
  worker text,
  changed_at timestamptz not null default now()
);
create index on cutover.ticket (pool, status);

-- Attempts that still have to be handed to the queue. Written with the event, relayed after the commit.
create table cutover.outbox (
  id bigint generated always as identity primary key,
  attempt text not null references cutover.ticket,
  pool text not null,
  created_at timestamptz not null default now(),
  relayed_at timestamptz
);
create index on cutover.outbox (id) where relayed_at is null;

-- One mutable row per attempt: how far it is, and the last lines of its masked output.
create table cutover.progress (
  attempt text primary key references cutover.ticket,
  cutover text not null,
  done double precision,
  total double precision,
  unit text,
  label text,
  tail text not null default '',
  sample text,
  at timestamptz not null default now()
);

-- The masked log of an attempt, gzipped, in chunks, on its way to Slack and the evidence.
create table cutover.output (
  attempt text not null references cutover.ticket,
  chunk integer not null,
  bytes bytea not null,
  primary key (attempt, chunk)
);

-- One host per pool: the machine and PID namespace of the first that registered.
create table cutover.pool (
  name text primary key,
  machine text not null,
  pid_namespace text not null,
  host text not null,
  worker text not null,
  version text not null,
  seen_at timestamptz not null default now()
);

-- Every `serve`; the leader is the one that holds the lease.
create table cutover.serve (
  instance text primary key,
  version text not null,
  seen_at timestamptz not null default now()
);
create table cutover.lease (
  name text primary key,
  instance text not null,
  until timestamptz not null
);

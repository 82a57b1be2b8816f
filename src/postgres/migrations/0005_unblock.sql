-- A person asked a worker to make the session let go that holds up this attempt.
alter table cutover.ticket add column unblock_asked_at timestamptz;
create index ticket_unblock on cutover.ticket (pool) where unblock_asked_at is not null;

-- It comes from the work itself; what a database says of its sessions does not replace it.
alter table cutover.progress add column own boolean not null default false;

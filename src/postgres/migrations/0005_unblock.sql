-- A person asked a worker to make the session let go that holds up this attempt.
alter table cutover.ticket add column unblock_asked_at timestamptz;
create index ticket_unblock on cutover.ticket (pool) where unblock_asked_at is not null;

-- A worker logs in with a login of its pool. Here the database holds it to that pool: whoever steals a worker can lie
-- about its attempts, and about nothing else. The owner of the log, and `serve`, are not held up by any of this.

create table cutover.pool_login (
  login name primary key,
  pool text not null unique
);

-- What a pool writes into the log. What is not here, it may not write.
create table cutover.pool_event (
  type text primary key,
  -- The newest form of it: a version that nobody else can read would close a cutover to everybody.
  version integer not null default 1,
  -- `attempt`: one of the pool's own. `step`: one whose attempt the pool has claimed. `watch`: one it is watching.
  -- `pool`: the pool itself, in a cutover whose plan names it. `note`: words, in such a cutover.
  about text not null check (about in ('attempt', 'step', 'watch', 'pool', 'note')),
  -- Where the ticket of that attempt may stand.
  found text[] not null default '{}',
  -- What its data must have, as JSON types: whoever reads it counts on that.
  needs jsonb not null default '{}'
);
insert into cutover.pool_event (type, about, found, needs) values
  ('attempt claimed', 'attempt', '{dispatched}', '{"worker": "string", "host": "string"}'),
  ('attempt spawning', 'attempt', '{claimed}', '{}'),
  ('attempt running', 'attempt', '{spawning}', '{"host": "string"}'),
  ('attempt adopted', 'attempt', '{spawning,running}', '{"worker": "string"}'),
  ('attempt refused', 'attempt', '{dispatched,claimed,spawning}', '{"why": "string", "hint": "string"}'),
  ('attempt ended', 'attempt', '{spawning,running}',
   '{"outcome": "string", "summary": "string", "facts": "object", "durationMs": "number", "host": "string", "digest": "string"}'),
  ('attempt asked', 'attempt', '{spawning,running}', '{"n": "number", "prompt": "string", "then": "string"}'),
  ('attempt unknown', 'attempt', '{spawning,running}', '{"why": "string"}'),
  ('attempt blocked', 'attempt', '{spawning,running}', '{"blocker": "object"}'),
  ('attempt unblocked', 'attempt', '{spawning,running}', '{}'),
  ('unblock begun', 'attempt', '{spawning,running,ended}', '{"pid": "number"}'),
  ('unblock ended', 'attempt', '{spawning,running,ended}', '{"pid": "number", "freed": "boolean", "result": "string"}'),
  ('watch breached', 'watch', '{spawning,running}', '{"check": "string", "answer": "string"}'),
  ('cutover started', 'step', '{claimed}', '{}'),
  ('migration began', 'step', '{claimed}', '{}'),
  ('pool ready', 'pool', '{}', '{"hash": "string", "programs": "array", "ignored": "array"}'),
  ('pool refused', 'pool', '{}', '{"why": "string", "differs": "array"}'),
  ('note added', 'note', '{}', '{"text": "string"}');

create function cutover.refuse_login(why text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception '%', why using errcode = 'CUT01';
end $$;

-- The pool that this login belongs to. Null for the owner of the log and for `serve`; anybody else is refused.
create function cutover.acting_pool() returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  own text;
begin
  select l.pool into own from cutover.pool_login l where l.login = session_user;
  if found then return own; end if;
  -- In here the current user is the owner of the schema.
  if pg_has_role(session_user, current_user, 'member') then return null; end if;
  if exists (
    select from pg_roles r where r.rolname = 'cutover_serve' and pg_has_role(session_user, r.oid, 'member')
  ) then return null; end if;
  perform cutover.refuse_login(format('the login %s is neither that of `serve` nor that of a pool', session_user));
end $$;

-- Does a machine of this pool carry out anything of the cutover?
create function cutover.plan_names_pool(wanted text, pool text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from cutover.event e, jsonb_each(e.data::jsonb #> '{plan,steps}') step
    where e.cutover = wanted and e.position = 1
      and step.value ->> 'pool' = plan_names_pool.pool and step.value ->> 'kind' in ('run', 'check', 'watch')
  )
$$;

-- The same text as `eventHash` of src/postgres/hash.ts: a JSON array of all columns but the hash, without spaces.
create function cutover.event_hash(e cutover.event) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select encode(sha256(convert_to('[' || string_agg(coalesce(to_json(part)::text, 'null'), ',' order by place) || ']', 'UTF8')), 'hex')
  from unnest(array[e.previous, e.cutover, e.position::text, e.type, e.version::text, e.at_ms::text, e.actor, e.key, e.data])
    with ordinality as parts (part, place)
$$;

-- A cutover starts once, by a step that changes something, and its T-0 comes once: said again under way, either would
-- turn a rollback or a forecast round.
create function cutover.guard_beginning(e cutover.event, step text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if e.type = 'cutover started' and not exists (
    select from cutover.event o join cutover.cutover c on c.id = o.cutover
    where o.cutover = e.cutover and o.position = 1 and c.status = 'scheduled'
      and (o.data::jsonb #> array['plan', 'steps', guard_beginning.step, 'mutating']) = 'true'
  ) then
    perform cutover.refuse_login(format('the step %s does not start the cutover %s', step, e.cutover));
  end if;
  if e.type = 'migration began' and exists (
    select from cutover.event o where o.cutover = e.cutover and o.type = 'migration began' and o.position > (
      select coalesce(max(r.position), 0) from cutover.event r
      where r.cutover = e.cutover and r.type = 'cutover rescheduled'
    )
  ) then
    perform cutover.refuse_login(format('the migration of the cutover %s has begun before', e.cutover));
  end if;
end $$;

-- Is this event about what the pool may speak of?
create function cutover.guard_subject(e cutover.event, acting text, rule cutover.pool_event) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  said jsonb := e.data::jsonb;
  ticket cutover.ticket;
begin
  if rule.about = 'attempt' then
    select t.* into ticket from cutover.ticket t
    where t.attempt = said ->> 'attempt' and t.cutover = e.cutover and t.pool = acting;
    if not found then
      perform cutover.refuse_login(format('"%s" is about no attempt of the pool %s', e.type, acting));
    elsif not ticket.status = any (rule.found) then
      perform cutover.refuse_login(format('the attempt %s is %s: "%s" does not follow', ticket.attempt, ticket.status, e.type));
    end if;
  elsif rule.about in ('step', 'watch') then
    perform from cutover.ticket t
    where t.cutover = e.cutover and t.step = said ->> 'step' and t.pool = acting and t.status = any (rule.found);
    if not found then
      perform cutover.refuse_login(format('"%s" is about no step that the pool %s is at', e.type, acting));
    end if;
    perform cutover.guard_beginning(e, said ->> 'step');
  elsif not cutover.plan_names_pool(e.cutover, acting) then
    perform cutover.refuse_login(format('no step of the cutover %s runs in the pool %s', e.cutover, acting));
  elsif exists (select from cutover.cutover c where c.id = e.cutover and c.status in ('closed', 'abandoned')) then
    perform cutover.refuse_login(format('the cutover %s is over', e.cutover));
  elsif rule.about = 'pool' and said ->> 'pool' is distinct from acting then
    perform cutover.refuse_login(format('"%s" speaks for another pool than %s', e.type, acting));
  elsif rule.about = 'note' and said - 'text' <> '{}' then
    perform cutover.refuse_login('a note of a pool has nothing but its text');
  end if;
end $$;

-- Is it well-formed, by this pool, and dated by the log's clock?
create function cutover.guard_form(e cutover.event, acting text, rule cutover.pool_event) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  said jsonb := e.data::jsonb;
  who jsonb := e.actor::jsonb;
  now_ms bigint := floor(extract(epoch from clock_timestamp()) * 1000);
  missing text;
begin
  if jsonb_typeof(who -> 'worker') is distinct from 'string'
    or who - 'worker' <> jsonb_build_object('kind', 'worker', 'pool', acting)
  then
    perform cutover.refuse_login(format('an event by the login of the pool %s has one of its workers as actor', acting));
  end if;
  if e.version > rule.version or e.version < 1 then
    perform cutover.refuse_login(format('"%s" has no version %s here', e.type, e.version));
  end if;
  if e.at_ms not between now_ms - 60000 and now_ms then
    perform cutover.refuse_login(format('"%s" is not dated by the clock of the log', e.type));
  end if;
  if length(e.data) > 1000000 then
    perform cutover.refuse_login(format('"%s" is longer than a million characters', e.type));
  end if;
  select n.key into missing from jsonb_each_text(rule.needs) n
  where jsonb_typeof(said -> n.key) is distinct from n.value limit 1;
  if missing is not null then
    perform cutover.refuse_login(format('"%s" has no usable %s', e.type, missing));
  end if;
  if e.type = 'attempt ended' and said ->> 'outcome' not in ('succeeded', 'failed', 'cancelled') then
    perform cutover.refuse_login('"attempt ended" has no usable outcome');
  end if;
  -- With the key of a person's click in the log, that click would count as recorded when it comes.
  if e.key is not null and not (
    e.key ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    or starts_with(e.key, 'pool/' || acting || '/')
    or (rule.about = 'attempt' and starts_with(e.key, (said ->> 'attempt') || '/'))
  ) then
    perform cutover.refuse_login(format('the key of "%s" is not one of the pool %s', e.type, acting));
  end if;
end $$;

create function cutover.guard_event() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  acting text := cutover.acting_pool();
  rule cutover.pool_event;
  last record;
begin
  if acting is null then return new; end if;
  select * into rule from cutover.pool_event r where r.type = new.type;
  if not found then
    perform cutover.refuse_login(format('the login of the pool %s may not write "%s" into the log', acting, new.type));
  end if;
  perform cutover.guard_form(new, acting, rule);
  select c.position, c.head into last from cutover.cutover c where c.id = new.cutover for update;
  perform cutover.guard_subject(new, acting, rule);
  if new.position is distinct from last.position + 1 or new.previous is distinct from last.head then
    perform cutover.refuse_login(format('event %s does not follow the last one of the cutover %s', new.position, new.cutover));
  end if;
  if new.hash is distinct from cutover.event_hash(new) then
    perform cutover.refuse_login(format('event %s does not bear its hash', new.position));
  end if;
  return new;
end $$;
create trigger of_own_pool before insert on cutover.event
  for each row execute function cutover.guard_event();

-- An event without its place in the summary would stop everybody's next one.
create function cutover.follow_event() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if cutover.acting_pool() is not null then
    update cutover.cutover set position = new.position, head = new.hash where id = new.cutover;
  end if;
  return null;
end $$;
create trigger followed after insert on cutover.event
  for each row execute function cutover.follow_event();

create function cutover.guard_summary() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  acting text := cutover.acting_pool();
  last record;
begin
  if acting is null then return new; end if;
  select e.position, e.hash into last from cutover.event e where e.cutover = old.id order by e.position desc limit 1;
  if (new.position, new.head) is distinct from (last.position, last.hash)
    or to_jsonb(new) - '{position,head,status,wake_at_ms}'::text[]
      <> to_jsonb(old) - '{position,head,status,wake_at_ms}'::text[]
    or (new.status <> old.status and not (
      old.status = 'scheduled' and new.status = 'running'
      and exists (select from cutover.event e where e.cutover = old.id and e.type = 'cutover started')
    ))
  then
    perform cutover.refuse_login(format('the login of the pool %s may not change the cutover %s otherwise than by its events', acting, old.id));
  end if;
  -- An open cutover is looked at anyway; what an ended one still has to do is for `serve` to say.
  if old.status in ('closed', 'abandoned') then new.wake_at_ms := old.wake_at_ms; end if;
  return new;
end $$;
create trigger of_own_pool before update on cutover.cutover
  for each row execute function cutover.guard_summary();

-- A ticket moves with the event that was just written, and never without.
create function cutover.guard_ticket() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  acting text := cutover.acting_pool();
  told text;
begin
  if acting is null then return new; end if;
  if old.pool <> acting then
    perform cutover.refuse_login(format('the attempt %s is not one of the pool %s', old.attempt, acting));
  end if;
  select e.type into told from cutover.event e
  where e.cutover = old.cutover
    and e.position = (select c.position from cutover.cutover c where c.id = old.cutover)
    and e.data::jsonb ->> 'attempt' = old.attempt;
  if (new.attempt, new.cutover, new.step, new.pool, new.cancel_requested)
      is distinct from (old.attempt, old.cutover, old.step, old.pool, old.cancel_requested)
    or (new.status <> old.status and new.status is distinct from case told
      when 'attempt claimed' then 'claimed' when 'attempt spawning' then 'spawning' when 'attempt running' then 'running'
      when 'attempt refused' then 'ended' when 'attempt ended' then 'ended' end)
    or (new.worker is distinct from old.worker and told is distinct from 'attempt claimed')
    or (new.sight <> old.sight and new.sight is distinct from case told
      when 'attempt unknown' then 'unknown' when 'attempt adopted' then 'in sight' end)
    or (new.unblock_asked_at is distinct from old.unblock_asked_at
      and not (told = 'unblock begun' and new.unblock_asked_at is null))
  then
    perform cutover.refuse_login(format('the ticket of %s moves with its events only', old.attempt));
  end if;
  if new.changed_at is distinct from old.changed_at then new.changed_at := now(); end if;
  return new;
end $$;
create trigger of_own_pool before update on cutover.ticket
  for each row execute function cutover.guard_ticket();

create function cutover.guard_pool() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  acting text := cutover.acting_pool();
begin
  if acting is null then return new; end if;
  if new.name <> acting or (tg_op = 'UPDATE' and old.name <> acting) then
    perform cutover.refuse_login(format('the login %s is that of the pool %s: it may not speak for another one', session_user, acting));
  end if;
  new.seen_at := now();
  return new;
end $$;
create trigger of_own_pool before insert or update on cutover.pool
  for each row execute function cutover.guard_pool();

create function cutover.guard_output() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  acting text := cutover.acting_pool();
  ticket cutover.ticket;
begin
  if acting is null then return new; end if;
  select t.* into ticket from cutover.ticket t where t.attempt = new.attempt and t.pool = acting;
  if not found then
    perform cutover.refuse_login(format('%s is not an attempt of the pool %s', new.attempt, acting));
  end if;
  if tg_op = 'UPDATE' and new.attempt <> old.attempt then
    perform cutover.refuse_login(format('%s cannot become another attempt', old.attempt));
  end if;
  if tg_table_name = 'progress' then
    if new.cutover <> ticket.cutover then
      perform cutover.refuse_login(format('%s is not an attempt of the cutover %s', new.attempt, new.cutover));
    end if;
  elsif new.chunk not between 0 and 63 then
    perform cutover.refuse_login(format('the output of %s is longer than 64 chunks', new.attempt));
  end if;
  return new;
end $$;
create trigger of_own_pool before insert or update on cutover.progress
  for each row execute function cutover.guard_output();
create trigger of_own_pool before insert or update on cutover.output
  for each row execute function cutover.guard_output();

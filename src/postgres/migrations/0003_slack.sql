-- What the channel shows, by stable key: what exists, what is on its way.
create table cutover.slack_effect (
  cutover text not null,
  key text not null,
  kind text not null,
  channel text,
  ts text,
  content_hash text,
  state text not null check (state in ('pending', 'sending', 'done', 'failed')),
  error text,
  changed_at timestamptz not null default now(),
  primary key (cutover, key)
);

-- One medium of one audience of one notice: sent at most once without somebody asking.
create table cutover.notice (
  cutover text not null,
  key text not null,
  state text not null check (state in ('sending', 'sent', 'failed')),
  changed_at timestamptz not null default now(),
  primary key (cutover, key)
);

-- CLI logins: a code shown in the terminal, confirmed in Slack, then a token known by its hash only.
create table cutover.login (
  code text primary key,
  token_hash text not null unique,
  person text,
  created_at timestamptz not null default now(),
  confirmed_at timestamptz,
  ends_at timestamptz not null
);

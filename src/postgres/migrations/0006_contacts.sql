-- How the people of a cutover are reached. In no event, so that it can be forgotten.
create table cutover.contact (
  cutover text not null references cutover.cutover,
  person text not null,
  phone text,
  email text,
  changed_at timestamptz not null default now(),
  primary key (cutover, person)
);

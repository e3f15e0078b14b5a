-- A table with an audit trigger: "A PL/pgSQL Trigger Function for Auditing" in PostgreSQL's documentation (PL/pgSQL,
-- Trigger Functions). It stores the user of the application instead of the database user, and has an index for a day's
-- history.
create table time_slot (
  tutor_id uuid not null,
  date date not null,
  start_time time not null,
  duration_minutes smallint not null,
  primary key (tutor_id, date, start_time)
);

create table time_slot_audit (
  operation char(1) not null,
  stamp timestamptz not null,
  user_id uuid not null,
  tutor_id uuid not null,
  date date not null,
  start_time time not null,
  duration_minutes smallint not null
);

create index on time_slot_audit (tutor_id, date, stamp);

create function process_time_slot_audit() returns trigger language plpgsql as $$
begin
  if (tg_op = 'DELETE') then
    insert into time_slot_audit select 'D', now(), current_setting('app.user_id')::uuid, old.*;
  elsif (tg_op = 'UPDATE') then
    insert into time_slot_audit select 'U', now(), current_setting('app.user_id')::uuid, new.*;
  elsif (tg_op = 'INSERT') then
    insert into time_slot_audit select 'I', now(), current_setting('app.user_id')::uuid, new.*;
  end if;
  return null;
end;
$$;

create trigger time_slot_audit after insert or update or delete on time_slot
  for each row execute function process_time_slot_audit();

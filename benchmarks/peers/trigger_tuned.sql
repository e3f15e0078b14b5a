-- The table of trigger.sql, with a trigger for each statement instead of each row: "Auditing with Transition Tables" on
-- the page that trigger.sql names.
drop trigger time_slot_audit on time_slot;

create or replace function process_time_slot_audit() returns trigger language plpgsql as $$
begin
  if (tg_op = 'DELETE') then
    insert into time_slot_audit select 'D', now(), current_setting('app.user_id')::uuid, o.* from old_table o;
  elsif (tg_op = 'UPDATE') then
    insert into time_slot_audit select 'U', now(), current_setting('app.user_id')::uuid, n.* from new_table n;
  elsif (tg_op = 'INSERT') then
    insert into time_slot_audit select 'I', now(), current_setting('app.user_id')::uuid, n.* from new_table n;
  end if;
  return null;
end;
$$;

create trigger time_slot_audit_insert after insert on time_slot
  referencing new table as new_table for each statement execute function process_time_slot_audit();
create trigger time_slot_audit_update after update on time_slot
  referencing new table as new_table for each statement execute function process_time_slot_audit();
create trigger time_slot_audit_delete after delete on time_slot
  referencing old table as old_table for each statement execute function process_time_slot_audit();

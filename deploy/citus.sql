-- Distribute the database by tutor, on Citus. All data of a tutor is on one node, so that a statement about a tutor, or the
-- check of a foreign key, needs that node only. Run this script once, in a quiet hour, after make migrate:
--   psql "$DATABASE_URL" --file deploy/citus.sql
-- The script is one transaction: if it fails, nothing was changed, and you can run it again.
-- docs/scaling.md says what the script locks and for how long, and what to do before and after it.

\set ON_ERROR_STOP on
begin;
set local client_min_messages = warning;

-- Until the end of the script, no other session can read or write these tables. The script locks them in the same order as
-- an edit. If it waits for a lock for more than five seconds, it stops, so that requests don't wait long behind it.
set local lock_timeout = '5s';
lock table tutors, weekly_schedules, tutor_days, tutor_time_slots, baseline_slots, bookings, settings_events,
  tutor_availability_log, tutor_weekly_stats;

-- Citus doesn't distribute a table while a foreign key of a table that isn't distributed yet refers to it.
alter table bookings drop constraint bookings_slot_is_offered;

-- Each node gets a copy of these small tables, to check the foreign keys that refer to tutors. All copies have the same
-- rows, so the unique keys of the tables are valid for the whole cluster.
select create_reference_table('tutors');
select create_reference_table('settings_events');

select create_distributed_table('tutor_days', 'tutor_id');
select create_distributed_table('weekly_schedules', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('tutor_time_slots', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('baseline_slots', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('bookings', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('tutor_availability_log', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('tutor_weekly_stats', 'tutor_id', colocate_with => 'tutor_days');

alter table bookings add constraint bookings_slot_is_offered foreign key (tutor_id, date, occupied_start_time)
  references tutor_time_slots (tutor_id, date, start_time);

-- Citus leaves the old rows in the coordinator's own tables, hidden. They would take up disk, stay when a person is erased,
-- and be checked by the constraints of later migrations. Emptying tutors also empties the tables that refer to it.
select truncate_local_data_after_distributing_table('tutor_availability_log');
select truncate_local_data_after_distributing_table('settings_events');
select truncate_local_data_after_distributing_table('tutors');

commit;

-- Distribute the database by tutor, on Citus. All data of a tutor is on one node, so that each statement about a tutor, and
-- each foreign key, needs that node only. Run it once, in a quiet hour, after make migrate:
--   psql "$DATABASE_URL" --file deploy/citus.sql
-- It is one transaction: when it fails, nothing was changed, and you can run it again.
-- docs/scaling.md says what this locks and for how long, and what to do before and after it.

\set ON_ERROR_STOP on
begin;
set local client_min_messages = warning;

-- Nobody reads or writes until the end. All locks are taken here, in the order of an edit. If that takes more than five
-- seconds, the script stops, so that others don't wait long behind it.
set local lock_timeout = '5s';
lock table tutors, tutor_days, tutor_time_slots, bookings, tutor_availability_log, tutor_weekly_stats;

-- Citus doesn't distribute a table while one that isn't distributed yet refers to it.
alter table bookings drop constraint bookings_slot_is_offered;

-- Each node has a copy of this small table: foreign keys to it are checked there, and its unique keys are global.
select create_reference_table('tutors');

select create_distributed_table('tutor_days', 'tutor_id');
select create_distributed_table('tutor_time_slots', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('bookings', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('tutor_availability_log', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('tutor_weekly_stats', 'tutor_id', colocate_with => 'tutor_days');

alter table bookings add constraint bookings_slot_is_offered foreign key (tutor_id, date, occupied_start_time)
  references tutor_time_slots (tutor_id, date, start_time);

-- Citus leaves the old rows in the coordinator's own tables, hidden: they would take up disk, outlive the erasure of a
-- person, and be checked by the constraints of later migrations. Tables that refer to the tutors are emptied with them.
select truncate_local_data_after_distributing_table('tutor_availability_log');
select truncate_local_data_after_distributing_table('tutors');

commit;

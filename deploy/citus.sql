-- Distribute the database by tutor, on Citus: all that is one tutor's is on one node, so that each statement of the
-- functions about a tutor, and each foreign key, stays there. Run once, in a quiet hour, after make migrate:
--   psql "$DATABASE_URL" --single-transaction --set ON_ERROR_STOP=1 --file deploy/citus.sql
-- docs/scaling.md says what this locks and for how long, and what comes before and after it.

set client_min_messages = warning;

-- Citus doesn't distribute a table while one that isn't distributed yet refers to it.
alter table bookings drop constraint bookings_slot_is_offered;

-- Small, and each node has a copy: the foreign keys to it are checked there, and a user is one tutor only (unique).
select create_reference_table('tutors');

select create_distributed_table('tutor_days', 'tutor_id');
select create_distributed_table('tutor_time_slots', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('bookings', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('tutor_availability_log', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('tutor_weekly_stats', 'tutor_id', colocate_with => 'tutor_days');

alter table bookings add constraint bookings_slot_is_offered foreign key (tutor_id, date, occupied_start_time)
  references tutor_time_slots (tutor_id, date, start_time);

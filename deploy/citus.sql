-- Distribute the database by tutor, on Citus: all that is one tutor's lies on one node, so that each statement of the
-- functions about a tutor, and each foreign key, stays there. Run once, in a quiet hour, after make migrate:
--   psql "$DATABASE_URL" --single-transaction --file deploy/citus.sql
-- docs/scaling.md says when it is time for this. tests/deploy/test_citus.py holds it against the declared tables.

-- Everybody's: small, and a user belongs to one tutor alone (unique), which no single node could promise.
select create_reference_table('tutors');

-- A table comes after those that it refers to.
select create_distributed_table('tutor_days', 'tutor_id');
select create_distributed_table('tutor_time_slots', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('bookings', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('tutor_availability_log', 'tutor_id', colocate_with => 'tutor_days');
select create_distributed_table('tutor_weekly_stats', 'tutor_id', colocate_with => 'tutor_days');

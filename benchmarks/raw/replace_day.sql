-- Replaces a day's slots by others, without versions and without a log.
begin;
delete from tutor_time_slots where tutor_id = :tutor_id and date = cast(:day as date);
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone)
select :tutor_id, cast(:day as date), make_time(6 + slot, 15 * cast(3 * random() as integer), 0), 15, 'Europe/Copenhagen'
from generate_series(0, 15) as slot;
commit;

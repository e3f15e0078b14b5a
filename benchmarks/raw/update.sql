-- Changes a day's slots, and writes the log in a second transaction. The upsert locks the day's row, so that no edit
-- is lost.
begin;
insert into tutor_days as day (tutor_id, date, version, updated_at, updated_by)
values (:tutor_id, cast(:day as date), 1, now(), :user_id)
on conflict (tutor_id, date) do update set version = day.version + 1, updated_at = now(), updated_by = :user_id
returning version, gen_random_uuid() as change_set_id \gset
delete from tutor_time_slots
where tutor_id = :tutor_id and date = cast(:day as date) and start_time = any(cast(:removed as time[]));
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone)
select :tutor_id, cast(:day as date), start_time, 30, 'Europe/Copenhagen'
from unnest(cast(:added as time[])) as start_time;
commit;
insert into tutor_availability_log (
  id, tutor_id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, change_set_id,
  change_set_size, version, source
)
select gen_random_uuid(), :tutor_id, cast(:day as date), entry.start_time, 30, entry.action, 'tutor_edit', now(), :user_id,
  cast(:change_set_id as uuid), 16, cast(:version as integer), 'recorded'
from (
  select start_time, 'REMOVED' as action from unnest(cast(:removed as time[])) as start_time
  union all
  select start_time, 'ADDED' from unnest(cast(:added as time[])) as start_time
) as entry;

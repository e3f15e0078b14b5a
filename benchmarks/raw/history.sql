-- The newest hundred entries of a number of days, each with how many versions of these days no entry tells of.
select
  id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, notes, change_set_id, version, source,
  (
    select coalesce(sum(day.version - day.repaired_version - known.versions), 0)
    from tutor_days as day
    cross join lateral (
      select count(distinct told.version) as versions
      from tutor_availability_log as told
      where told.tutor_id = day.tutor_id
        and told.date = day.date
        and told.version > day.repaired_version
        and told.version <= day.version
    ) as known
    where day.tutor_id = :tutor_id
      and day.updated_at > now() - :days * interval '1 day'
      and day.version > day.repaired_version
  ) as missing_versions
from tutor_availability_log
where tutor_id = :tutor_id and changed_at > now() - :days * interval '1 day'
order by changed_at desc, id desc
limit 100;

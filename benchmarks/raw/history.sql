-- The newest 100 entries of the last `days` days. Each row also has the number of versions without entries.
select
  id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, notes, change_set_id, version, source,
  (
    select coalesce(sum(day.version - day.repaired_version - logged.versions), 0)
    from tutor_days as day
    cross join lateral (
      select count(distinct entry.version) as versions
      from tutor_availability_log as entry
      where entry.tutor_id = day.tutor_id
        and entry.date = day.date
        and entry.version > day.repaired_version
        and entry.version <= day.version
    ) as logged
    where day.tutor_id = :tutor_id
      and day.updated_at > now() - :days * interval '1 day'
      and day.version > day.repaired_version
  ) as missing_versions
from tutor_availability_log
where tutor_id = :tutor_id and changed_at > now() - :days * interval '1 day'
order by changed_at desc, id desc
limit 100;

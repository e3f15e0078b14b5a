-- The first 50 free slots of a window, without the column `starts_at`: the instants are computed for each slot.
select *
from (
  select
    slots.tutor_id, name, date, start_time, duration_minutes, slots.time_zone,
    (date + start_time) at time zone slots.time_zone as starts_at
  from tutor_time_slots as slots
  join tutors on tutors.id = slots.tutor_id
  left join active_bookings as bookings using (tutor_id, date, start_time)
  where bookings.id is null and active
) as free_slots
where free_slots.starts_at >= cast(:first as timestamptz) and free_slots.starts_at < cast(:end as timestamptz)
order by free_slots.starts_at, tutor_id
limit 50

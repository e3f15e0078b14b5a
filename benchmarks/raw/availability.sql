-- Return a row for each slot, with its booking and the day's version. The rows aren't made into an answer.
-- The conditions for the tutor and the dates are repeated for each table, so that PostgreSQL reads only its index.
select slot.date, slot.start_time, slot.duration_minutes, booking.status, day.version, tutors.time_zone
from tutor_time_slots as slot
join tutors on tutors.id = slot.tutor_id
left join active_bookings as booking
  on booking.tutor_id = :tutor_id
  and booking.date between :first and :last
  and booking.date = slot.date
  and booking.start_time = slot.start_time
left join tutor_days as day
  on day.tutor_id = :tutor_id
  and day.date between :first and :last
  and day.date = slot.date
where slot.tutor_id = :tutor_id
  and slot.date between :first and :last
order by slot.date, slot.start_time;

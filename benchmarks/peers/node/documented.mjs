// The read as a Lambda handler in Node, as in the documentation of pg and Luxon. The handler uses a global Pool and
// parameterised queries, gets a row for each slot, and computes the instants with Luxon. The query returns dates as
// text, because pg would convert them to JavaScript Dates.

import { DateTime } from 'luxon';
import pg from 'pg';

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SLOTS = `
  select date::text, coalesce(days.version, 0) as version, slots.start_time, slots.duration_minutes,
    bookings.id is not null as is_booked
  from (
    select date, start_time, duration_minutes from tutor_time_slots where tutor_id = $1 and date between $2 and $3
  ) as slots
  full join (
    select date, version from tutor_days where tutor_id = $1 and date between $2 and $3 and version > 0
  ) as days using (date)
  left join (
    select id, date, start_time from active_bookings where tutor_id = $1 and date between $2 and $3
  ) as bookings using (date, start_time)
  order by date, start_time`;

export async function handler(event) {
  const { tutorId, startDate, endDate } = event.queryStringParameters ?? {};
  const days = DateTime.fromISO(endDate ?? '').diff(DateTime.fromISO(startDate ?? ''), 'days').days;
  if (!UUID.test(tutorId) || !(days >= 0 && days < 366)) {
    return answer(400, { message: 'expected tutorId, startDate and endDate, 1 to 366 days' });
  }
  const tutors = await pool.query('select time_zone from tutors where id = $1', [tutorId]);
  if (tutors.rowCount === 0) {
    return answer(404, { message: 'there is no tutor with this id' });
  }
  const timeZone = tutors.rows[0].time_zone;
  const { rows } = await pool.query(SLOTS, [tutorId, startDate, endDate]);
  return answer(200, { tutorId, timeZone, startDate, endDate, days: daysOf(rows, timeZone) });
}

function daysOf(rows, timeZone) {
  const days = [];
  for (const row of rows) {
    if (days.at(-1)?.date !== row.date) {
      days.push({ date: row.date, version: row.version, timeSlots: [] });
    }
    if (row.start_time !== null) {
      days.at(-1).timeSlots.push(timeSlot(row, timeZone));
    }
  }
  return days;
}

function timeSlot(row, timeZone) {
  const startsAt = DateTime.fromISO(`${row.date}T${row.start_time}`, { zone: timeZone });
  return {
    time: row.start_time.slice(0, 5),
    durationMinutes: row.duration_minutes,
    startsAt: rfc3339(startsAt),
    endsAt: rfc3339(startsAt.plus({ minutes: row.duration_minutes })),
    status: row.is_booked ? 'BOOKED' : 'AVAILABLE',
  };
}

// Luxon writes Z for UTC.
function rfc3339(instant) {
  return instant.toISO({ suppressMilliseconds: true }).replace('Z', '+00:00');
}

function answer(statusCode, body) {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

// The read as a Lambda handler in Node, tuned: one named prepared statement that returns a single row with the days as
// text. A slot's JSON is built once and cached, with a placeholder for its date. Offsets come from Intl, once for each
// date and zone.

import pg from 'pg';

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 1, idleTimeoutMillis: 0 });

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DATE = /^\d{4}-\d\d-\d\d$/;
const DAY = 86_400_000;
const HOUR = 3_600_000;
const HEADERS = { 'content-type': 'application/json' };
const DAYS = {
  name: 'days',
  rowMode: 'array',
  text: `
    select
      time_zone,
      (
        select string_agg(date || ' ' || start_time || ' ' || duration_minutes, ',')
        from (
          select date, start_time, duration_minutes
          from tutor_time_slots
          where tutor_id = $1 and date between $2 and $3
          order by date, start_time
        ) as in_order
      ),
      (
        select string_agg(date || ' ' || start_time, ',')
        from active_bookings
        where tutor_id = $1 and date between $2 and $3
      ),
      (
        select string_agg(date || ' ' || version, ',')
        from tutor_days
        where tutor_id = $1 and date between $2 and $3 and version > 0
      )
    from tutors
    where id = $1`,
};

export async function handler(event) {
  const { tutorId, startDate, endDate } = event.queryStringParameters ?? {};
  const days = DATE.test(startDate) && DATE.test(endDate) ? (Date.parse(endDate) - Date.parse(startDate)) / DAY : NaN;
  if (!UUID.test(tutorId) || !(days >= 0 && days < 366)) {
    return answer(400, '{"message":"expected tutorId, startDate and endDate, 1 to 366 days"}');
  }
  const { rows } = await pool.query({ ...DAYS, values: [tutorId, startDate, endDate] });
  if (rows.length === 0) {
    return answer(404, '{"message":"there is no tutor with this id"}');
  }
  const [timeZone, slots, booked, edited] = rows[0];
  const head = JSON.stringify({ tutorId, timeZone, startDate, endDate }).slice(0, -1);
  return answer(200, `${head},"days":[${daysJson(timeZone, slots, booked, edited)}]}`);
}

function answer(statusCode, body) {
  return { statusCode, headers: HEADERS, body };
}

function daysJson(timeZone, slots, booked, edited) {
  const versions = new Map(edited?.split(',').map((day) => [day.slice(0, 10), day.slice(11)]));
  const isBooked = new Set(booked?.split(','));
  const days = new Map();
  let date;
  let slotsOfDay;
  let cachedSlotJson;
  for (const each of slots?.split(',') ?? []) {
    if (date === undefined || !each.startsWith(date)) {
      date = each.slice(0, 10);
      cachedSlotJson = slotJsonAt(offsetOfDay(date, timeZone));
      slotsOfDay = [];
      days.set(date, slotsOfDay);
    }
    const slot = each.slice(11);
    const status = isBooked.has(each.slice(0, 19)) ? 'BOOKED' : 'AVAILABLE';
    slotsOfDay.push(cachedSlotJson?.(slot, status) ?? exactSlotJson(timeZone)(date)(slot, status));
  }
  const dates = [...days.keys()];
  const others = [...versions.keys()].filter((day) => !days.has(day));
  return (others.length > 0 ? dates.concat(others).sort() : dates)
    .map((day) => `{"date":"@","version":${versions.get(day) ?? 0},"timeSlots":[${days.get(day) ?? ''}]}`
      .replaceAll('@', day))
    .join(',');
}

// Returns a function that builds the JSON of a slot ("09:00:00 60") on days with this offset, with @ in place of the
// date. The function returns undefined for a slot that ends on another date.
const slotJsonAt = cached((offset) => {
  if (offset === null) {
    return undefined;
  }
  const suffix = suffixOf(offset);
  const build = (status) => cached((slot) => {
    const ends = new Date(Date.parse(`2000-01-01T${slot.slice(0, 8)}Z`) + Number(slot.slice(9)) * 60_000).toISOString();
    return ends.startsWith('2000-01-01')
      ? slotJson(slot, `@T${slot.slice(0, 8)}${suffix}`, `@T${ends.slice(11, 19)}${suffix}`, status)
      : undefined;
  });
  const [available, booked] = [build('AVAILABLE'), build('BOOKED')];
  return (slot, status) => (status === 'BOOKED' ? booked : available)(slot);
});

// Returns a function that builds the JSON of a slot on a date. If the slot's local time exists twice, the function
// takes the first instant. If the local time doesn't exist, the function uses the offset before the change.
const exactSlotJson = cached((timeZone) => cached((date) => {
  const exact = (status) => cached((slot) => {
    const local = Date.parse(`${date}T${slot.slice(0, 8)}Z`);
    const [before, after] = [offsetAt(local - DAY, timeZone), offsetAt(local + DAY, timeZone)];
    const fits = (offset) => offsetAt(local - offset, timeZone) === offset;
    const start = local - (!fits(before) && fits(after) ? after : before);
    const toText = (instant) => {
      const offset = offsetAt(instant, timeZone);
      return new Date(instant + offset).toISOString().slice(0, 19) + suffixOf(offset);
    };
    return slotJson(slot, toText(start), toText(start + Number(slot.slice(9)) * 60_000), status);
  });
  const [available, booked] = [exact('AVAILABLE'), exact('BOOKED')];
  return (slot, status) => (status === 'BOOKED' ? booked : available)(slot);
}));

function slotJson(slot, startsAt, endsAt, status) {
  const durationMinutes = Number(slot.slice(9));
  return JSON.stringify({ time: slot.slice(0, 5), durationMinutes, startsAt, endsAt, status });
}

// Returns the zone's offset on a date, or null if the offset changes on this date or less than 15 hours from it.
const offsetsOf = cached((timeZone) => cached((date) => {
  const midnight = Date.parse(date);
  const offset = offsetAt(midnight, timeZone);
  for (let hours = -15; hours <= 39; hours += 6) {
    if (offsetAt(midnight + hours * HOUR, timeZone) !== offset) {
      return null;
    }
  }
  return offset;
}));

function offsetOfDay(date, timeZone) {
  return offsetsOf(timeZone)(date);
}

const formatOf = cached((timeZone) => new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }));

// Returns a zone's offset from UTC at an instant, in milliseconds. Intl writes "11/23/2026, GMT+01:00", or just "GMT".
function offsetAt(instant, timeZone) {
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?$/.exec(formatOf(timeZone).format(instant));
  return sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * HOUR + Number(minutes) * 60_000);
}

function suffixOf(offset) {
  const text = new Date(Math.abs(offset)).toISOString().slice(11, 16);
  return (offset < 0 ? '-' : '+') + text;
}

// Returns the function with a cache of its results.
function cached(compute) {
  const results = new Map();
  return (key) => {
    let result = results.get(key);
    if (result === undefined && !results.has(key)) {
      result = compute(key);
      results.set(key, result);
    }
    return result;
  };
}

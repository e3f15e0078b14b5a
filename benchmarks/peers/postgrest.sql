-- The read as in PostgREST's documentation ("Functions as RPC"): an exposed schema, an anonymous role, and a function
-- that returns the answer as JSON. Run this script before PostgREST starts. You can run it again. If a local time
-- exists twice, PostgreSQL takes the second occurrence, and Slotledger takes the first one.

drop schema if exists api cascade;
create schema api;

do $$
begin
  create role web_anon nologin;
exception when duplicate_object then null;
end
$$;

grant usage on schema api to web_anon;
grant select on tutors, tutor_days, tutor_time_slots, active_bookings to web_anon;

-- Documented: an object for each slot. The session's time zone is the tutor's, so JSON has the tutor's offset.
create function api.get_availability("tutorId" uuid, "startDate" date, "endDate" date) returns json
language plpgsql stable as $$
declare
  zone text := (select time_zone from tutors where id = "tutorId");
begin
  if zone is null then
    raise sqlstate 'PT404' using message = 'there is no tutor with this id';
  end if;
  if "endDate" - "startDate" not between 0 and 365 then
    raise sqlstate 'PT400' using message = 'expected 1 to 366 days';
  end if;
  perform set_config('TimeZone', zone, true);
  return (
    select json_build_object(
      'tutorId', "tutorId", 'timeZone', zone, 'startDate', "startDate", 'endDate', "endDate",
      'days', coalesce(json_agg(
        json_build_object('date', date, 'version', coalesce(version, 0), 'timeSlots', coalesce(time_slots, '[]'))
        order by date
      ), '[]')
    )
    from (
      select
        date,
        json_agg(
          json_build_object(
            'time', to_char(start_time, 'HH24:MI'),
            'durationMinutes', duration_minutes,
            'startsAt', (date + start_time)::timestamptz,
            'endsAt', (date + start_time)::timestamptz + duration_minutes * interval '1 minute',
            'status', case when bookings.id is null then 'AVAILABLE' else 'BOOKED' end
          )
          order by start_time
        ) as time_slots
      from tutor_time_slots as slots
      left join active_bookings as bookings using (tutor_id, date, start_time)
      where slots.tutor_id = "tutorId" and date between "startDate" and "endDate"
      group by date
    ) as offered
    full join (
      select date, version
      from tutor_days
      where tutor_id = "tutorId" and date between "startDate" and "endDate" and version > 0
    ) as edited using (date)
  );
end
$$;

-- Tuned: the function returns the JSON as text, with a custom media type ("Media Type Handlers"), so that PostgREST
-- doesn't parse it. A slot has ~ in place of the offset from UTC. The offset is computed once for each day, and then
-- replaces all ~. On days with two offsets, each slot's offset is computed.
create domain api."*/*" as text;

create function api.get_availability_tuned("tutorId" uuid, "startDate" date, "endDate" date)
returns api."*/*"
language plpgsql stable as $$
declare
  zone text := (select time_zone from tutors where id = "tutorId");
  dates_with_change date[];
begin
  if zone is null then
    raise sqlstate 'PT404' using message = 'there is no tutor with this id';
  end if;
  if "endDate" - "startDate" not between 0 and 365 then
    raise sqlstate 'PT400' using message = 'expected 1 to 366 days';
  end if;
  perform set_config('response.headers', '[{"Content-Type": "application/json"}]', true);
  perform set_config('TimeZone', zone, true);
  dates_with_change := array(
    select "startDate" + day
    from generate_series(0, "endDate" - "startDate") as day
    where extract(timezone from ("startDate" + day)::timestamptz)
      <> extract(timezone from ("startDate" + day + 1)::timestamptz)
  );
  return (
    select '{"tutorId":"' || "tutorId" || '","timeZone":"' || zone || '","startDate":"' || "startDate"
      || '","endDate":"' || "endDate" || '","days":[' || coalesce(string_agg(
        '{"date":"' || date || '","version":' || coalesce(version, 0) || ',"timeSlots":['
          || coalesce(replace(slots, '~', to_char(date::timestamptz, 'TZH:TZM')), '') || ']}',
        ',' order by date
      ), '') || ']}'
    from (
      select date, string_agg(
        '{"time":"' || left(start_time::text, 5) || '","durationMinutes":' || duration_minutes || ',"startsAt":"'
        || case
          when date = any(dates_with_change) then
            btrim(to_json((date + start_time)::timestamptz)::text, '"') || '","endsAt":"'
            || btrim(to_json((date + start_time)::timestamptz + duration_minutes * interval '1 minute')::text, '"')
          else
            date || 'T' || start_time || '~","endsAt":"'
            || replace((date + start_time + duration_minutes * interval '1 minute')::text, ' ', 'T') || '~'
          end || case when id is null then '","status":"AVAILABLE"}' else '","status":"BOOKED"}' end,
        ',' order by start_time
      ) as slots
      from tutor_time_slots as offered
      left join (
        select id, date, start_time
        from active_bookings where tutor_id = "tutorId" and date between "startDate" and "endDate"
      ) as bookings using (date, start_time)
      where offered.tutor_id = "tutorId" and date between "startDate" and "endDate"
      group by date
    ) as offered
    full join (
      select date, version
      from tutor_days where tutor_id = "tutorId" and date between "startDate" and "endDate" and version > 0
    ) as edited using (date)
  );
end
$$;

grant execute on all functions in schema api to web_anon;

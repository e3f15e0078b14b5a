-- The search as in PostgREST's documentation ("Functions as RPC"): a function that returns the answer as JSON, with its
-- instants in UTC. It uses the column and the index of Slotledger. Run this script before PostgREST starts.

drop schema if exists api cascade;
create schema api;

do $$
begin
  create role web_anon nologin;
exception when duplicate_object then null;
end
$$;

grant usage on schema api to web_anon;
grant select on tutors, tutor_time_slots, active_bookings to web_anon;

create function api.find_slots("from" timestamptz, "to" timestamptz) returns json
language sql stable as $$
  select json_build_object('slots', coalesce(json_agg(found), '[]'))
  from (
    select
      slots.tutor_id as "tutorId",
      name as "tutorName",
      date,
      to_char(start_time, 'HH24:MI') as time,
      duration_minutes as "durationMinutes",
      slots.time_zone as "timeZone",
      starts_at as "startsAt",
      starts_at + duration_minutes * interval '1 minute' as "endsAt"
    from tutor_time_slots as slots
    join tutors on tutors.id = slots.tutor_id
    left join active_bookings as bookings using (tutor_id, date, start_time)
    where bookings.id is null
      and active
      and starts_at >= "from" and starts_at < "to"
      and starts_at >= now() + booking_notice_minutes * interval '1 minute'
    order by starts_at, slots.tutor_id
    limit 50
  ) as found
$$;

grant execute on all functions in schema api to web_anon;

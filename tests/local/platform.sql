-- A made-up platform with 200 tutors, 40,000 slots and 20,000 bookings, in tables as docs/adopting.md describes them.
-- It is the same each time, except that its dates are around the current date. The updates at the end make rows wrong.
-- Ids are made of numbers by md5, because they look like those of real platforms, and are in no order.

create table tutors (
  id uuid primary key,
  auth_id text not null,
  full_name text not null,
  time_zone text not null,
  is_active boolean not null,
  created_at timestamptz not null
);
create table tutor_time_slots (
  id uuid primary key,
  tutor_id uuid not null references tutors,
  date date not null,
  time time not null,
  duration_minutes integer not null
);
create table bookings (
  id uuid primary key,
  tutor_id uuid not null references tutors,
  student_id text not null,
  starts_at timestamptz not null,
  status text not null,
  pay_until timestamptz,
  created_at timestamptz not null,
  cancelled_at timestamptz
);
create table tutor_availability_log (id bigint primary key, tutor_id uuid, changed_at timestamptz, what jsonb);

insert into tutors (id, auth_id, full_name, time_zone, is_active, created_at)
select
  md5('tutor ' || n)::uuid,
  'auth0|' || left(md5('user ' || n), 24),
  'Tutor ' || n,
  (array['US/Pacific', 'Asia/Calcutta', 'Europe/Copenhagen', 'America/New_York', 'Asia/Kathmandu', 'UTC'])[n % 6 + 1],
  n % 50 <> 0,
  timestamptz '2024-01-01 12:00+00' + n * interval '1 hour'
from generate_series(1, 200) as n;

-- Each tutor offers five slots a day, from 20 days ago to 19 days from now. The last one ends after midnight.
insert into tutor_time_slots (id, tutor_id, date, time, duration_minutes)
select
  md5('slot ' || n || ' ' || k)::uuid,
  md5('tutor ' || n)::uuid,
  current_date - 20 + k / 5,
  (array[time '08:00', '10:00', '16:15', '20:30', '23:30'])[k % 5 + 1],
  60
from generate_series(1, 200) as n, generate_series(0, 199) as k;

-- Every second slot is booked. Of these bookings, each tenth was cancelled, and in the future each tenth isn't paid.
insert into bookings (id, tutor_id, student_id, starts_at, status, pay_until, created_at, cancelled_at)
select
  md5('booking ' || n || ' ' || k)::uuid,
  tutor_id,
  'auth0|' || left(md5('student ' || (n * k) % 3000), 24),
  (date + time) at time zone tutors.time_zone,
  case
    when k % 20 = 0 then 'cancelled'
    when date <= current_date then 'completed'
    when k % 20 = 2 then 'pending'
    else 'confirmed'
  end,
  case when k % 20 = 2 and date > current_date then now() + interval '1 day' end,
  current_date - interval '30 days' + n * interval '1 minute',
  case when k % 20 = 0 then current_date - interval '25 days' end
from generate_series(1, 200) as n
cross join generate_series(0, 198, 2) as k
join tutor_time_slots as slot on slot.id = md5('slot ' || n || ' ' || k)::uuid
join tutors on tutors.id = slot.tutor_id;

-- A zone that is an abbreviation, and an old account of the same person.
update tutors set time_zone = 'PST' where full_name = 'Tutor 6';
update tutors
set auth_id = (select auth_id from tutors where full_name = 'Tutor 4'), is_active = false
where full_name = 'Tutor 14';

-- A slot twice, slots that overlap, durations that are too short or too long, and an hour that the clock skips.
update tutor_time_slots set time = '08:00' where id = md5('slot 20 51')::uuid;
update tutor_time_slots set time = '08:30' where id = md5('slot 21 151')::uuid;
update tutor_time_slots set duration_minutes = 0 where id = md5('slot 22 3')::uuid;
update tutor_time_slots set duration_minutes = 1440 where id = md5('slot 23 7')::uuid;
update tutor_time_slots set date = '2026-03-08', time = '02:30' where id = md5('slot 24 9')::uuid;

-- Bookings of no slot, a slot that is booked twice, a student without an id, and a status that Slotledger doesn't have.
update bookings
set starts_at = starts_at + interval '10 minutes'
where id in (md5('booking 30 124')::uuid, md5('booking 30 128')::uuid);
update bookings
set starts_at = (select starts_at from bookings where id = md5('booking 31 124')::uuid)
where id = md5('booking 31 126')::uuid;
update bookings set student_id = '' where id = md5('booking 32 124')::uuid;
update bookings set status = 'disputed' where id = md5('booking 33 124')::uuid;

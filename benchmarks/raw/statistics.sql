-- The number of slots added and removed on each day, in the tutor's time zone: one scan of the log's index.
select cast(log.changed_at at time zone tutors.time_zone as date) as day, log.action, count(*) as changes
from tutors
join tutor_availability_log as log on log.tutor_id = tutors.id
where tutors.id = :tutor_id
  and log.tutor_id = :tutor_id
  and log.changed_at > now() - :days * interval '1 day'
group by 1, 2;

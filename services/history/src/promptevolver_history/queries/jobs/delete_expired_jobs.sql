-- No parameters.
delete from jobs where expires_at < now()

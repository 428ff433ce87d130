-- The call that started the job, or last resumed it.
ALTER TABLE jobs ADD COLUMN request_id TEXT;
-- Why the job failed; JSON.
ALTER TABLE jobs ADD COLUMN failure TEXT;
ALTER TABLE callbacks ADD COLUMN failure TEXT;

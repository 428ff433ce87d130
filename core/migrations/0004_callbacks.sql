-- Whether somebody is told of the end of the job; whom, is in its sealed specification.
ALTER TABLE jobs ADD COLUMN notify INTEGER NOT NULL DEFAULT 0;

-- Callbacks that still have to be delivered, each with what the job had come to when it ended.
CREATE TABLE callbacks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    webhook_id TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT,
    completed_ms INTEGER NOT NULL,
    rows_written INTEGER NOT NULL,
    rows_failed INTEGER NOT NULL,
    -- Deliveries tried so far, and when the next one may be. Whoever delivers moves the time first.
    attempts INTEGER NOT NULL DEFAULT 0,
    due_ms INTEGER NOT NULL
);
CREATE INDEX callbacks_due ON callbacks (due_ms);
CREATE INDEX callbacks_of_job ON callbacks (job_id);

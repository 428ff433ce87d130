-- How often the master key was changed. Whoever seals something with it makes sure first that it is still the one.
ALTER TABLE vault ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;

-- A trace goes with its instance: it may name people.
ALTER TABLE traces ADD COLUMN instance_id INTEGER REFERENCES instances (id) ON DELETE CASCADE;
CREATE INDEX traces_of_instance ON traces (instance_id);

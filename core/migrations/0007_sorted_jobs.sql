-- A sorted job reads all rows and keeps so many of them. SQLite's largest number stands for all.
ALTER TABLE jobs ADD COLUMN sorted_limit INTEGER NOT NULL DEFAULT 9223372036854775807;

-- Where a vendor list is read from: NULL: as the statement says; empty: from its beginning. Further states of a list:
-- expected (an earlier job read it, and this one has not listed it), absent (named, and the vendor has no such list),
-- unlisted (what lies below the channel could not be listed) and relisting (that is tried again).
ALTER TABLE parents ADD COLUMN since TEXT;
-- The oldest change among failed rows; SQLite's smallest number: of unknown time.
ALTER TABLE parents ADD COLUMN failed_from_s INTEGER;
-- Why the list was not read, and what the vendor said.
ALTER TABLE parents ADD COLUMN problem TEXT;
ALTER TABLE parents ADD COLUMN message TEXT;

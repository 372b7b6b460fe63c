-- ingests.go: when conversations of an input were let go last, because they are older
-- than they are to be kept, and those of before when.
ALTER TABLE ingest ADD COLUMN let_go INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ingest ADD COLUMN let_go_before INTEGER NOT NULL DEFAULT 0;

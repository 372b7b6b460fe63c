-- ingests.go, told.go: what is asked at each step, at each hand-in and at each look
-- for events read every input there ever was.
DROP INDEX ingest_state;
CREATE INDEX ingest_state ON ingest (state) WHERE state IN ('waiting', 'reading', 'judging', 'dropping');
CREATE INDEX ingest_failed ON ingest (ended) WHERE state = 'failed';
CREATE INDEX ingest_same ON ingest (site, sha256);

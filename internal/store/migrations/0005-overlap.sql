-- overlaps.go: derived. Inputs of one site that show the same traffic.
CREATE TABLE overlap (
	site   INTEGER NOT NULL REFERENCES site ON DELETE CASCADE,
	ingest INTEGER NOT NULL, -- the later one
	other  INTEGER NOT NULL,
	same   INTEGER NOT NULL, -- conversations by the hour that both show, and of which one counts
	part   INTEGER NOT NULL, -- that both show, and that count in each
	of     INTEGER NOT NULL, -- that ingest shows in all
	bytes  INTEGER NOT NULL, -- that count once and not twice
	PRIMARY KEY (site, ingest, other)
) STRICT, WITHOUT ROWID;

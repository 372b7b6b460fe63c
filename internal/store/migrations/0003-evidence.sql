-- Observations without the index of digests: it took most of the time of storing
-- one. Digests follow from the observations; they are kept beside them in runs.

CREATE TABLE observation_0003 (
	id        INTEGER PRIMARY KEY, -- site << 36 | number from 1: those of a site lie together, in order
	ingest    INTEGER NOT NULL, -- that saw it first
	packet    INTEGER NOT NULL,
	seen      INTEGER NOT NULL,
	last      INTEGER NOT NULL,
	count     INTEGER NOT NULL,
	protocol  TEXT NOT NULL,
	mac       BLOB, -- 6 bytes, or NULL
	vlan      INTEGER NOT NULL,
	from_ip   BLOB, -- 4 or 16 bytes, or NULL
	from_port INTEGER NOT NULL,
	to_ip     BLOB,
	to_port   INTEGER NOT NULL,
	to_mac    BLOB,
	ttl       INTEGER NOT NULL,
	about     INTEGER NOT NULL,
	fields    BLOB NOT NULL -- see fields.go
) STRICT;
INSERT INTO observation_0003 SELECT id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields FROM observation ORDER BY id;
DROP TABLE observation;
ALTER TABLE observation_0003 RENAME TO observation;

-- digests.go: derived. What is missing here is worked out again.
CREATE TABLE digest_run (
	id      INTEGER PRIMARY KEY, -- of an observation
	digests BLOB NOT NULL -- of that one and of those that follow it, 16 bytes each; zeros for one that is not there
) STRICT;
CREATE TRIGGER observation_gone AFTER DELETE ON observation BEGIN
	DELETE FROM digest_run WHERE id = (SELECT id FROM digest_run WHERE id <= old.id ORDER BY id DESC LIMIT 1) AND id + length(digests) / 16 > old.id;
END;

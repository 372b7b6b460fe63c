-- Times are nanoseconds since 1970-01-01 UTC, 0 where not known. Texts that hold
-- JSON say so. Tables marked "derived" can be emptied and filled again by
-- `lenscap hub rebuild`, to the same bytes.

-- organisations.go

CREATE TABLE organisation (
	id      INTEGER PRIMARY KEY,
	name    TEXT NOT NULL COLLATE NOCASE UNIQUE,
	type    TEXT NOT NULL DEFAULT '', -- one of regime.OrganisationTypes
	country TEXT NOT NULL COLLATE NOCASE DEFAULT '', -- ISO 3166-1 alpha-2
	created INTEGER NOT NULL,
	version INTEGER NOT NULL DEFAULT 1 -- counts changes, for ETags
) STRICT;

CREATE TABLE site (
	id           INTEGER PRIMARY KEY,
	organisation INTEGER NOT NULL REFERENCES organisation,
	name         TEXT NOT NULL COLLATE NOCASE,
	facts        TEXT NOT NULL DEFAULT '{}', -- JSON of hub.SiteFacts
	sensitive    INTEGER, -- 1: a limb is answered yes; 0: all are answered no; NULL: not known
	closed       INTEGER NOT NULL DEFAULT 0,
	created      INTEGER NOT NULL,
	version      INTEGER NOT NULL DEFAULT 1,
	derived      INTEGER NOT NULL DEFAULT 0, -- when its devices were last worked out
	summary      BLOB, -- derived: JSON of what report.Document says beside devices and findings
	UNIQUE (organisation, name)
) STRICT;

CREATE INDEX site_name ON site (name);

CREATE TABLE zone (
	id       INTEGER PRIMARY KEY,
	site     INTEGER NOT NULL REFERENCES site ON DELETE CASCADE,
	name     TEXT NOT NULL,
	vlan     INTEGER NOT NULL DEFAULT 0, -- 0: any
	networks TEXT NOT NULL DEFAULT '[]', -- JSON list of prefixes
	UNIQUE (site, name)
) STRICT;

-- ingests.go

CREATE TABLE ingest (
	id      INTEGER PRIMARY KEY,
	site    INTEGER NOT NULL REFERENCES site,
	name    TEXT NOT NULL, -- of the file, or of the listener
	source  TEXT NOT NULL, -- upload, command, watch, api, listener
	path    TEXT NOT NULL DEFAULT '', -- where the file waits until it was read
	size    INTEGER NOT NULL DEFAULT 0,
	sha256  TEXT NOT NULL DEFAULT '',
	state   TEXT NOT NULL, -- waiting, reading, judging, done, failed, cancelled
	error   TEXT NOT NULL DEFAULT '',
	input   TEXT NOT NULL DEFAULT '{}', -- JSON of report.Input
	by      TEXT NOT NULL DEFAULT '', -- name of the account
	queued  INTEGER NOT NULL,
	started INTEGER NOT NULL DEFAULT 0,
	ended   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX ingest_site ON ingest (site, id);
CREATE INDEX ingest_state ON ingest (state) WHERE state IN ('waiting', 'reading', 'judging');

-- observations.go: rows are added and never changed

CREATE TABLE name ( -- of fields; observation.fields speaks of them by number
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE observation (
	id        INTEGER PRIMARY KEY, -- site << 36 | number from 1: those of a site lie together, in order
	site      INTEGER NOT NULL,
	ingest    INTEGER NOT NULL, -- that saw it first
	digest    BLOB NOT NULL, -- 16 bytes, see digest.go: what makes two observations of a site equal
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
CREATE UNIQUE INDEX observation_digest ON observation (site, digest);

CREATE TABLE sighted ( -- when it was seen again, by the same ingest or another, and how often
	observation INTEGER NOT NULL,
	ingest      INTEGER NOT NULL,
	packet      INTEGER NOT NULL,
	seen        INTEGER NOT NULL,
	last        INTEGER NOT NULL,
	count       INTEGER NOT NULL,
	PRIMARY KEY (observation, ingest)
) STRICT, WITHOUT ROWID;

CREATE TABLE sighting ( -- a MAC and an IP address that sent frames
	id      INTEGER PRIMARY KEY,
	site    INTEGER NOT NULL,
	ingest  INTEGER NOT NULL,
	mac     BLOB,
	ip      BLOB,
	vlan    INTEGER NOT NULL,
	ttl     INTEGER NOT NULL,
	first   INTEGER NOT NULL,
	last    INTEGER NOT NULL,
	packets INTEGER NOT NULL,
	bytes   INTEGER NOT NULL
) STRICT;
CREATE INDEX sighting_site ON sighting (site);

-- devices.go: derived

CREATE TABLE device (
	id           INTEGER PRIMARY KEY,
	site         INTEGER NOT NULL REFERENCES site,
	organisation INTEGER NOT NULL, -- of the site
	digest       BLOB NOT NULL, -- SHA-256 of all that hangs on it: equal means nothing to write
	device       TEXT NOT NULL, -- device.ID; "a-…" for what is declared only
	presence     TEXT NOT NULL, -- both, seen, declared
	name         TEXT NOT NULL COLLATE NOCASE,
	kind         TEXT NOT NULL COLLATE NOCASE,
	brand        TEXT NOT NULL COLLATE NOCASE,
	maker        TEXT NOT NULL COLLATE NOCASE, -- as shown; '' unknown
	maker_id     TEXT NOT NULL COLLATE NOCASE,
	maker_grade  TEXT NOT NULL,
	platform     TEXT NOT NULL COLLATE NOCASE,
	chip         TEXT NOT NULL COLLATE NOCASE,
	chip_maker   TEXT NOT NULL COLLATE NOCASE,
	model        TEXT NOT NULL COLLATE NOCASE,
	firmware     TEXT NOT NULL COLLATE NOCASE,
	address      TEXT NOT NULL, -- the one shown
	place        BLOB NOT NULL, -- the same as 16 bytes, for sorting; empty for none
	mac          TEXT NOT NULL COLLATE NOCASE,
	serial       TEXT NOT NULL COLLATE NOCASE,
	hostname     TEXT NOT NULL COLLATE NOCASE,
	vlan         INTEGER NOT NULL,
	zone         TEXT NOT NULL COLLATE NOCASE,
	behind       TEXT NOT NULL,
	severity     INTEGER NOT NULL, -- finding.Severity of the gravest finding that nobody waived
	verdict      TEXT NOT NULL, -- of that
	video        TEXT NOT NULL, -- gravest verdict on video outside
	outside      INTEGER NOT NULL, -- reaches outside the estate
	bytes_up     INTEGER NOT NULL, -- to the outside
	bytes_down   INTEGER NOT NULL,
	first        INTEGER NOT NULL,
	last         INTEGER NOT NULL,
	changed      INTEGER NOT NULL, -- latest change on its timeline
	UNIQUE (site, device)
) STRICT;
CREATE INDEX device_organisation ON device (organisation, severity);
CREATE INDEX device_severity ON device (severity);
CREATE INDEX device_name ON device (name);
CREATE INDEX device_kind ON device (kind);
CREATE INDEX device_maker ON device (maker);
CREATE INDEX device_maker_id ON device (maker_id);
CREATE INDEX device_model ON device (model);
CREATE INDEX device_firmware ON device (firmware);
CREATE INDEX device_place ON device (place);
CREATE INDEX device_bytes_up ON device (bytes_up);
CREATE INDEX device_first ON device (first);
CREATE INDEX device_last ON device (last);
CREATE INDEX device_changed ON device (changed);

CREATE TABLE device_doc (
	id  INTEGER PRIMARY KEY REFERENCES device ON DELETE CASCADE,
	doc BLOB NOT NULL, -- zstd of the JSON of report.Device; empty for what is declared only
	findings BLOB NOT NULL -- zstd of the JSON list of finding.Finding
) STRICT;

CREATE TABLE device_key ( -- every address, MAC, serial, UUID and hostname, for search
	device INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,
	kind   TEXT NOT NULL, -- address, mac, serial, uuid, hostname, protocol
	value  TEXT NOT NULL COLLATE NOCASE,
	PRIMARY KEY (device, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_key_value ON device_key (kind, value, device);

CREATE TABLE device_address ( -- the addresses as 16 bytes, IPv4 mapped: networks are ranges
	device INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,
	place  BLOB NOT NULL,
	PRIMARY KEY (device, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_address_place ON device_address (place, device);

-- What a device is called and says of itself, in lower case, as a JSON list; parts
-- of three letters or more are found by the index. rowid is device.id.
CREATE VIRTUAL TABLE device_text USING fts5 (words, tokenize = 'trigram');
CREATE TRIGGER device_text_gone AFTER DELETE ON device BEGIN
	DELETE FROM device_text WHERE rowid = old.id;
END;

CREATE VIEW device_maker_name (device, name) AS -- a maker is asked for by id or as shown
	SELECT id, maker_id FROM device UNION ALL SELECT id, maker FROM device;
CREATE VIEW reach_controller_name (device, name) AS
	SELECT device, controller_id FROM reach UNION ALL SELECT device, controller FROM reach;

CREATE TABLE reach ( -- whom it talks to outside, for facets; the hours are in the history
	device        INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,
	country       TEXT NOT NULL COLLATE NOCASE,
	controller    TEXT NOT NULL COLLATE NOCASE,
	controller_id TEXT NOT NULL COLLATE NOCASE,
	jurisdiction  TEXT NOT NULL COLLATE NOCASE,
	network       TEXT NOT NULL COLLATE NOCASE,
	purpose       TEXT NOT NULL COLLATE NOCASE,
	name          TEXT NOT NULL COLLATE NOCASE,
	address       TEXT NOT NULL COLLATE NOCASE,
	port          INTEGER NOT NULL,
	protocol      TEXT NOT NULL COLLATE NOCASE,
	encrypted     TEXT NOT NULL COLLATE NOCASE,
	video         TEXT NOT NULL COLLATE NOCASE,
	bytes_up      INTEGER NOT NULL,
	bytes_down    INTEGER NOT NULL,
	first         INTEGER NOT NULL,
	last          INTEGER NOT NULL
) STRICT;
CREATE INDEX reach_device ON reach (device);
CREATE INDEX reach_country ON reach (country, device);
CREATE INDEX reach_controller_id ON reach (controller_id, device);
CREATE INDEX reach_controller ON reach (controller, device);

CREATE TABLE change ( -- a device's timeline
	device INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,
	at     INTEGER NOT NULL,
	what   TEXT NOT NULL COLLATE NOCASE, -- appeared, firmware, model, address, destination, country, controller, video, silent …
	before TEXT NOT NULL,
	after  TEXT NOT NULL,
	says   TEXT NOT NULL, -- one sentence
	ingest INTEGER NOT NULL -- that showed it; 0 for none
) STRICT;
CREATE INDEX change_device ON change (device, at);
CREATE INDEX change_at ON change (at);

-- tally.go: derived

CREATE TABLE tally ( -- how many devices or findings have a value; sums of it are quicker than counting
	site  INTEGER NOT NULL, -- 0: all of them together; below 0: those of the organisation with that number
	field TEXT NOT NULL, -- of store.FacetFields; "finding" for verdicts of regimes
	value TEXT NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (site, field, value)
) STRICT, WITHOUT ROWID;

-- talk.go: derived

CREATE TABLE talk ( -- sums of reach by site, for pictures
	site          INTEGER NOT NULL REFERENCES site,
	controller_id TEXT NOT NULL,
	controller    TEXT NOT NULL,
	jurisdiction  TEXT NOT NULL,
	country       TEXT NOT NULL,
	devices       INTEGER NOT NULL,
	video         INTEGER NOT NULL, -- devices that send video there
	bytes_up      INTEGER NOT NULL,
	bytes_down    INTEGER NOT NULL,
	PRIMARY KEY (site, controller_id, controller, jurisdiction, country)
) STRICT, WITHOUT ROWID;

-- findings.go: derived

CREATE TABLE finding ( -- that someone must decide about; what says not-covered is in device_doc only
	device   INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,
	regime   TEXT NOT NULL COLLATE NOCASE,
	name     TEXT NOT NULL,
	force    TEXT NOT NULL,
	clause   TEXT NOT NULL,
	verdict  TEXT NOT NULL,
	would_be TEXT NOT NULL,
	severity INTEGER NOT NULL,
	why      TEXT NOT NULL,
	as_at    TEXT NOT NULL,
	PRIMARY KEY (device, regime)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_regime ON finding (regime, severity, device);
CREATE INDEX finding_severity ON finding (severity, device);

-- decisions.go and plan.go: what people decided. Kept by names that a rebuild does not change.

CREATE TABLE decision (
	site         INTEGER NOT NULL REFERENCES site,
	device       TEXT NOT NULL,
	regime       TEXT NOT NULL COLLATE NOCASE,
	status       TEXT NOT NULL, -- open, accepted, in-hand, done
	owner        TEXT NOT NULL COLLATE NOCASE,
	due          TEXT NOT NULL, -- YYYY-MM-DD or ''
	waiver_why   TEXT NOT NULL,
	waiver_by    TEXT NOT NULL,
	waiver_until TEXT NOT NULL, -- YYYY-MM-DD; the last day on which it counts
	updated      INTEGER NOT NULL,
	version      INTEGER NOT NULL,
	PRIMARY KEY (site, device, regime)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
	id     INTEGER PRIMARY KEY,
	site   INTEGER NOT NULL REFERENCES site,
	device TEXT NOT NULL,
	text   TEXT NOT NULL,
	by     TEXT NOT NULL,
	at     INTEGER NOT NULL
) STRICT;
CREATE INDEX note_device ON note (site, device);

CREATE TABLE tag (
	site   INTEGER NOT NULL REFERENCES site,
	device TEXT NOT NULL,
	tag    TEXT NOT NULL COLLATE NOCASE,
	PRIMARY KEY (site, device, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_tag ON tag (tag);

CREATE TABLE plan ( -- removal and replacement
	site     INTEGER NOT NULL REFERENCES site,
	device   TEXT NOT NULL,
	action   TEXT NOT NULL, -- remove, replace, isolate, keep
	target   TEXT NOT NULL, -- YYYY-MM-DD or ''
	done     TEXT NOT NULL, -- YYYY-MM-DD or ''
	note     TEXT NOT NULL,
	updated  INTEGER NOT NULL,
	PRIMARY KEY (site, device)
) STRICT, WITHOUT ROWID;

-- declared.go: asset lists

CREATE TABLE asset_list (
	id      INTEGER PRIMARY KEY,
	site    INTEGER NOT NULL REFERENCES site,
	name    TEXT NOT NULL,
	mapping TEXT NOT NULL, -- JSON of asset.Mapping
	by      TEXT NOT NULL,
	at      INTEGER NOT NULL,
	UNIQUE (site, name)
) STRICT;

CREATE TABLE declared (
	id     INTEGER PRIMARY KEY,
	list   INTEGER NOT NULL REFERENCES asset_list ON DELETE CASCADE,
	site   INTEGER NOT NULL REFERENCES site,
	line   INTEGER NOT NULL,
	fields TEXT NOT NULL, -- JSON of asset.Declared
	device TEXT NOT NULL DEFAULT '' -- derived: device it is, '' for none
) STRICT;
CREATE INDEX declared_site ON declared (site, device);
CREATE INDEX declared_list ON declared (list);

-- queries.go

CREATE TABLE saved_query (
	id           INTEGER PRIMARY KEY,
	organisation INTEGER NOT NULL REFERENCES organisation ON DELETE CASCADE,
	name         TEXT NOT NULL,
	query        TEXT NOT NULL,
	columns      TEXT NOT NULL DEFAULT '',
	alert        INTEGER NOT NULL DEFAULT 0, -- tell when a device begins to match
	by           TEXT NOT NULL,
	at           INTEGER NOT NULL,
	matching     BLOB, -- digest set of the devices that matched last, see queries.go
	UNIQUE (organisation, name)
) STRICT;

-- settings.go: what the hub remembers of itself

CREATE TABLE setting (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- audit.go: rows are chained; see store.Tx.audit

CREATE TABLE audit (
	id           INTEGER PRIMARY KEY,
	at           INTEGER NOT NULL,
	actor        TEXT NOT NULL, -- name of the account, or "hub"
	organisation INTEGER NOT NULL, -- 0 for what concerns none or all
	action       TEXT NOT NULL, -- "site.create", "finding.waive" …
	object       TEXT NOT NULL, -- what was changed, "site 3", "device d-1234567890 of site 3"
	detail       TEXT NOT NULL, -- JSON; without secrets
	hash         BLOB NOT NULL -- SHA-256 of the hash before and of this row
) STRICT;
CREATE INDEX audit_organisation ON audit (organisation, id);

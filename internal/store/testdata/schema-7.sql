PRAGMA foreign_keys = OFF;
BEGIN;
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

-- accounts.go

CREATE TABLE account (
	id       INTEGER PRIMARY KEY,
	name     TEXT NOT NULL UNIQUE COLLATE NOCASE, -- signs in with it; lower case
	shown    TEXT NOT NULL DEFAULT '', -- full name
	password TEXT NOT NULL DEFAULT '', -- argon2id in PHC form; '' where only OIDC signs in
	issuer   TEXT NOT NULL DEFAULT '', -- OIDC
	subject  TEXT NOT NULL DEFAULT '',
	created  INTEGER NOT NULL,
	disabled INTEGER NOT NULL DEFAULT 0,
	version  INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX account_subject ON account (issuer, subject) WHERE subject <> '';

CREATE TABLE role (
	account      INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
	organisation INTEGER NOT NULL, -- 0: every organisation
	role         TEXT NOT NULL, -- viewer, analyst, operator, admin, watchdog
	PRIMARY KEY (account, organisation)
) STRICT, WITHOUT ROWID;

CREATE TABLE invite ( -- links that set a password, once
	hash    BLOB PRIMARY KEY, -- SHA-256 of what is in the link
	account INTEGER NOT NULL UNIQUE REFERENCES account ON DELETE CASCADE,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- sessions.go

CREATE TABLE session (
	hash    BLOB PRIMARY KEY, -- SHA-256 of the cookie
	account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
	created INTEGER NOT NULL,
	used    INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account);

-- tokens.go

CREATE TABLE token (
	id      INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
	name    TEXT NOT NULL,
	hash    BLOB NOT NULL UNIQUE, -- SHA-256 of the token
	scopes  TEXT NOT NULL, -- separated by spaces: read, ingest, write, admin
	created INTEGER NOT NULL,
	used    INTEGER NOT NULL DEFAULT 0,
	expires INTEGER NOT NULL -- 0: never
) STRICT;
CREATE INDEX token_account ON token (account);

-- webhooks.go

CREATE TABLE webhook (
	id           INTEGER PRIMARY KEY,
	organisation INTEGER NOT NULL REFERENCES organisation ON DELETE CASCADE,
	url          TEXT NOT NULL,
	secret       TEXT NOT NULL,
	events       TEXT NOT NULL, -- separated by spaces
	active       INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE delivery ( -- events that wait to be told
	id      INTEGER PRIMARY KEY,
	webhook INTEGER NOT NULL REFERENCES webhook ON DELETE CASCADE,
	event   TEXT NOT NULL,
	body    TEXT NOT NULL,
	at      INTEGER NOT NULL,
	next    INTEGER NOT NULL, -- when to try; 0 when done
	tries   INTEGER NOT NULL DEFAULT 0,
	error   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX delivery_next ON delivery (next) WHERE next > 0;
CREATE INDEX delivery_webhook ON delivery (webhook);

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

-- What devices are asked, counted and sorted by, column by column for each site.
-- The indices that served this before were most of what storing a device took.

-- sheet.go: derived. What is missing here is made from the tables when the file is
-- opened.
CREATE TABLE sheet (
	id   INTEGER PRIMARY KEY, -- site << 8 | number of the column in store.sheetColumns; 255: row ids of the devices
	data BLOB NOT NULL
) STRICT;
CREATE TRIGGER sheet_gone AFTER DELETE ON site BEGIN
	DELETE FROM sheet WHERE id BETWEEN old.id << 8 AND old.id << 8 | 255;
END;

DROP INDEX device_name;
DROP INDEX device_kind;
DROP INDEX device_maker;
DROP INDEX device_maker_id;
DROP INDEX device_model;
DROP INDEX device_firmware;
DROP INDEX device_place;
DROP INDEX device_bytes_up;
DROP INDEX device_first;
DROP INDEX device_last;
DROP INDEX device_changed;
DROP INDEX reach_country;
DROP INDEX reach_controller_id;
DROP INDEX reach_controller;
DROP INDEX change_at;

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

-- ingests.go: when conversations of an input were let go last, because they are older
-- than they are to be kept, and those of before when.
ALTER TABLE ingest ADD COLUMN let_go INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ingest ADD COLUMN let_go_before INTEGER NOT NULL DEFAULT 0;

-- findings.go: what would be prohibited or restricted had the severity of what cannot
-- be told, and was sorted behind what is advised against.
UPDATE finding SET severity = 3 WHERE verdict = 'cannot-tell' AND would_be IN ('prohibited', 'restricted') AND severity < 3;

INSERT INTO audit (id, at, actor, organisation, action, object, detail, hash) VALUES (1, 1795132800000000000, 'test', 0, 'test.do', 'something', '', X'4DB5B790C3434A9419315C922AFD2FA372CBD56F0C4B8776F1A4F6F25D0FF37C');
INSERT INTO audit (id, at, actor, organisation, action, object, detail, hash) VALUES (2, 1795132800000000000, 'test', 0, 'test.do', 'something', '', X'769857D4307408FCE2A7528D5A3EB8D35DBA76B4F108F5C6EB1AE9B6CF522AED');
INSERT INTO change (device, at, what, before, after, says, ingest) VALUES (1, 1794812400000000000, 'appeared', '', '10.1.0.0', 'It was seen for the first time.', 1);
INSERT INTO change (device, at, what, before, after, says, ingest) VALUES (1, 1794816000000000000, 'firmware', 'V5.0', 'V5.6.17', 'Its firmware changed.', 0);
INSERT INTO change (device, at, what, before, after, says, ingest) VALUES (2, 1794765600000000000, 'appeared', '', '10.1.0.1', 'It was seen for the first time.', 1);
INSERT INTO change (device, at, what, before, after, says, ingest) VALUES (2, 1794769200000000000, 'firmware', 'V5.0', 'V5.2.3', 'Its firmware changed.', 0);
INSERT INTO change (device, at, what, before, after, says, ingest) VALUES (3, 1792915200000000000, 'appeared', '', '10.1.0.2', 'It was seen for the first time.', 1);
INSERT INTO change (device, at, what, before, after, says, ingest) VALUES (3, 1792918800000000000, 'firmware', 'V5.0', 'V5.1.13', 'Its firmware changed.', 0);
INSERT INTO device (id, site, organisation, digest, device, presence, name, kind, brand, maker, maker_id, maker_grade, platform, chip, chip_maker, model, firmware, address, place, mac, serial, hostname, vlan, zone, behind, severity, verdict, video, outside, bytes_up, bytes_down, first, last, changed) VALUES (1, 1, 1, X'A902DD67F45201830E27911D00FD917A226098F719F0A5E242595351C53DDC84', 'd-0001000000', 'both', 'cam-0', 'camera', 'Uniview', 'Uniview', 'Uniview', 'confirmed', '', '', '', 'Uniview-M33', 'V5.6.17', '10.1.0.0', X'00000000000000000000FFFF0A010000', '44:19:01:00:00:00', 'SN1-0', 'host-0', 10, '', '', 4, 'prohibited', 'possibly video', 1, 1719582, 573193, 1794812400000000000, 1795132800000000000, 1794816000000000000);
INSERT INTO device (id, site, organisation, digest, device, presence, name, kind, brand, maker, maker_id, maker_grade, platform, chip, chip_maker, model, firmware, address, place, mac, serial, hostname, vlan, zone, behind, severity, verdict, video, outside, bytes_up, bytes_down, first, last, changed) VALUES (2, 1, 1, X'017553FC95ED75E2331C42708A4B7757617CFD2F5A413F75EC761A29C2024E72', 'd-0001000001', 'both', 'cam-1', 'unknown', '', '', '', 'probable', '', '', '', '-M56', 'V5.2.3', '10.1.0.1', X'00000000000000000000FFFF0A010001', '44:19:01:00:00:01', 'SN1-1', 'host-1', 30, '', '', 4, 'prohibited', 'no', 1, 840586, 280194, 1794765600000000000, 1795132800000000000, 1794769200000000000);
INSERT INTO device (id, site, organisation, digest, device, presence, name, kind, brand, maker, maker_id, maker_grade, platform, chip, chip_maker, model, firmware, address, place, mac, serial, hostname, vlan, zone, behind, severity, verdict, video, outside, bytes_up, bytes_down, first, last, changed) VALUES (3, 1, 1, X'FB6846F6794891A236B25F2972BEA7670FC342D9CCA071478581FC6C33B11DCB', 'd-0001000002', 'both', 'cam-2', 'router', 'Bosch', 'Bosch', 'Bosch', 'confirmed', '', '', '', 'Bosch-M2', 'V5.1.13', '10.1.0.2', X'00000000000000000000FFFF0A010002', '44:19:01:00:00:02', 'SN1-2', 'host-2', 10, '', '', 4, 'prohibited', 'possibly video', 1, 1596093, 532031, 1792915200000000000, 1795132800000000000, 1792918800000000000);
INSERT INTO device_address (device, place) VALUES (1, X'00000000000000000000FFFF0A010000');
INSERT INTO device_address (device, place) VALUES (2, X'00000000000000000000FFFF0A010001');
INSERT INTO device_address (device, place) VALUES (3, X'00000000000000000000FFFF0A010002');
INSERT INTO device_doc (id, doc, findings) VALUES (1, X'28B52FFD6030065D0C0002DA47225069AB008022BA7959B22144D6EC4EA8DBDDF0095477427910687EBBC266666638018F0500713028CAC792CFE5870301D2E8C5580CE19938C5F08AB287AAE9C5EC0FFBC89E969EEDACF8D47DEC4562F7BCE3E412FEDEA1C4C72EB178AD119B25DC52A47EDC70DE629A56CD715E632237EEF5821D7E0ACF4727D66A31FA79D6686CC19EEF5BF15B783EFF7D3F0D33EED82BB616CFE5EEF1F34E316CA9C5F65C7C1C5BCFB36E9888F02DA623A7C5ACF83A3D972B1261535CD9C3769845D814CFA679D81EAAF53CCFE58AA0028337BC5EC3E7F278C2811AB8793E41755557400F02108210126050C3F711BEC53CAF89262851F4BD5B77287BD810F6538A9FCB5517E90EA04520AEEC6162E779451C4EDFB7C3EC79555555A4AA88FA5EAD3B0224001AA46201D45900C52C40894AC728BC3161F0150FFD0A1C00CDCBEE1A0B96205896D8F0A638E062C20C3E62741F19EC1B76269156BA0B42222FE2E417E2D42FC2C90FA78E10B2B4C570D8DAF124360C110A1B25626209D4C1A074AA2084E4056286A08E4107B707', X'28B52FFD60E20A5D0B00829A4922406BAB00FB545B6309455C3B8D2ADCC191C842D4865D6571C036ACD87844511473038C8181D88DB5A1C8DA6667A980005CC72924BA1610A018C65E0800A05024128C6D44A26B4D95A2E403E3E14FEF06EDE71BD7CF3F7D59039F57280A9067D9E176F0F46D983ACFB35D8E49DED27EFA62CB0ACFBFA5FD74E6948B0EBE274A8FBBA0F43DFF54BD449F1E9BD7F80E8BF4556D173BFB643C36334403BA64D96394611188D42FC6E58BF45E051BD74FC622BDD1B89B99E7935E46DB119BD9B14B3C16C5CB73E4B3EC703B381A128E5DCA1CADCF11099EDEB03CCFA304A228884002259E1E15A1F5F9B591137871F03D3D2A5E709DE711420821052184ACA7AF6267D7F34AD24FDF6E94A9E71F654F5F059DC2F3E858861B6BF0F465B43D8F90F465B8B1F00E8B170011ED802A1C4807663623EEACD60349C07C37DACEEA1D480766C601D43D901898C50CA807661ED127543B9018CC22E36FA97E20319805BFF575D5CF1A9359F102');
INSERT INTO device_doc (id, doc, findings) VALUES (2, X'28B52FFD600606250C00721946215069AB008050CB72AE185B226B7627D4ED8D2E6B7685FE001565364B383333AB130D057100306836947C2A0F40101C4FC429864F923D544DAF650FB08FEC69E9D9CE8A4FB48FCD2476CF3B4E0EE1EF19497CEC12CC6B8BD82CE19622F5E385F3D6D2B46A8EF3DA12B971AF1976F8253C1B9D58ABB5D0CFB345630C7BBE6FC54FE1F9FCF7FD34BC70C65EB1C53C95BBC7CF3BC5B0A516DB73F1716C3DCFBA6122C2B7968E9CD6B2E2EB1461533CD9C3769845D814CFA679D81EAAF53C4FE5E84005064FF6B0E1F51A3E95C611F4400DDC3C8F20800E10E840E80830A8E1FB08DF5A9E4788220851F4BD5B67247BD810F6538A9FCA91AEEAAA2ED21D407B383CD9C3C4CEF3E870387DDF0EB3E791AAAA22553DD4F76A9D11240013A4F200D43D00C51E4089C362D4A51836EA0A8277C50839F9D8A563C11204CB121BDE14075C4C98C1478CEE23837DC3CE24D24A774148E4459CFC429CFA4538F9E1D4114296B6180E5B3B9EC486214261A3444C2C813A18E454F17974402F6423E8A97A188219', X'28B52FFD60700AF50A00F29845225069AB00231E44DB8488D952CC2EB24345EA004284030CA06A46D12CE12BAAAAEA010B0181440281080860078C71F00100C476D82E7B2C6EC658AB288BA3623036C324C98645C3AFEF8555F071FDFCF5DC1EF87C0241705CCF4F5BC6F38D976B90B7B6AF5F8D19C2F36F6D5FDF9C72D1C1F74CF49113D4BEE7DFAA87ECF5F1790E3B8342CFCAE1C518FC5C3C366B87053A84DB6B56810F07ED17237385BE59C1C7F573A1D02F0EEB66CDF34873B30E8ACD1A6226224631A681122D1C205EDBA0DE068A03D72F308DE7937224C9915092727D5C83DEE75BE37844E738ABAE8F8A2DC88CE79394524A494AE958D7B3620C5ECF27485FCFFD6C53CF37B65DCF0A3A84E713E2862D5C703D37EB3C9F0E3D376C6178064518000297802A1C48073357C02DD50E240666A9F0265438900ECC6CD15B56ED406260160EE2846A07D2C1CC2ED42DB51E4802F35D805B2A1E4807338B5B7E567A219359F102');
INSERT INTO device_doc (id, doc, findings) VALUES (3, X'28B52FFD601E064D0C00E2594721406BAB008691DD0421EAA8A16EB625DCC8F81293123C392678CF6A63B31DC3F0BA8D25E0008034C9C692CFE5C8E04824D80A9E88530CAF287BA89A5ECC1E601FD9D3D2B39D159F681F5B91D83DEF383984BF6728F1B143285E5BC46608B712A91F2F9CB798A655739CD798C88D7BAD6087DFC2B3D189B55A0DFD3C5B34A660CFF7ADF8313C9FFFBE9F861BCED82BB614CFE5EEF1F34E316CA9C5F65C7C1C5BCFB36E8888F02DA623A7C5ACF83A45D81257F6B01D6611B6C4B3691EB6876A3DCF73393A9203842B7BD8F07A0D9F4BE30A9AA0E848B8795E61401302D0A1C92180147D1FE15BCCF30851244134F9DEAD33943D6C08FB29C5CFE54857755537D12548F670B8B287899DE7D1E170FABE1D66CF2355554D54F550DFAB7546240017A43201D44D00C526400989C6288C3161E4150FF70A1CF4E46F978E054B102C4B6C785374703151061F31BA8F0CF60D3B93482BDD0521911771F20B71EA17E1E48753470859DA62386CED78121B8608858D1231B10FEA509053C5E7D101BD90755053F5300433', X'28B52FFD60BE0A550B0032DA4822406BAB00FB145A630949BD808C2ADCC19136DFCC5AED18C6D35EB463F357551417048B818144424000F2E3D4115D1310A0188CCD1000607164096C71F0294A6B1C8FE89A665592E4C3E2E1D777C3F6F38EEBE7AFE7E6C0E715836351ED08AE67A7EDF37CE3E518E4ADEDEB5763A6F0FC5BDBD737A75C74F03D157DE405B5EFF9B7EA217B7D745EC3EEA0D0B36A78B1879F8BC7660DC1800EE1F69865600442FBC5B85CA16F56D071FD5C28F48C867533E679A499D906C5660DF112D1A2D8D240B9A87604A82101F15A06F536502CB8BE61693C9F9423498E849294EBE322F43E1FBB61CBD86371B367EDF551B105F9795E4929A594A4948E753D2BF6F07A3E41FA7A6E679B7ABEB1ED7A56D0293C9F10338CC107D733B3CDF3E9D033C3180CEFA00818000B5867150EA403338F3C03AA76203198E5436FA970201D9899053CA1CA0349C07C2F806A07D2C1CC28F296DA0712835950E82DD50F2406B3E0B7BEAEFA5963322B5E');
INSERT INTO device_key (device, kind, value) VALUES (1, 'address', '10.1.0.0');
INSERT INTO device_key (device, kind, value) VALUES (2, 'address', '10.1.0.1');
INSERT INTO device_key (device, kind, value) VALUES (3, 'address', '10.1.0.2');
INSERT INTO device_key (device, kind, value) VALUES (1, 'hostname', 'host-0');
INSERT INTO device_key (device, kind, value) VALUES (2, 'hostname', 'host-1');
INSERT INTO device_key (device, kind, value) VALUES (3, 'hostname', 'host-2');
INSERT INTO device_key (device, kind, value) VALUES (1, 'mac', '44:19:01:00:00:00');
INSERT INTO device_key (device, kind, value) VALUES (2, 'mac', '44:19:01:00:00:01');
INSERT INTO device_key (device, kind, value) VALUES (3, 'mac', '44:19:01:00:00:02');
INSERT INTO device_key (device, kind, value) VALUES (1, 'protocol', 'arp');
INSERT INTO device_key (device, kind, value) VALUES (2, 'protocol', 'arp');
INSERT INTO device_key (device, kind, value) VALUES (3, 'protocol', 'arp');
INSERT INTO device_key (device, kind, value) VALUES (1, 'protocol', 'sadp');
INSERT INTO device_key (device, kind, value) VALUES (2, 'protocol', 'sadp');
INSERT INTO device_key (device, kind, value) VALUES (3, 'protocol', 'sadp');
INSERT INTO device_key (device, kind, value) VALUES (1, 'serial', 'SN1-0');
INSERT INTO device_key (device, kind, value) VALUES (2, 'serial', 'SN1-1');
INSERT INTO device_key (device, kind, value) VALUES (3, 'serial', 'SN1-2');
INSERT INTO device_text (rowid, words) VALUES (1, '["cam-0","camera","uniview","uniview-m33","v5.6.17","10.1.0.0","host-0","44:19:01:00:00:00","arp","sadp","sn1-0","p0.example.com","as1 example","p1.example.com"]');
INSERT INTO device_text (rowid, words) VALUES (2, '["cam-1","unknown","-m56","v5.2.3","10.1.0.1","host-1","44:19:01:00:00:01","arp","sadp","sn1-1","p0.example.com","as1 example","p1.example.com"]');
INSERT INTO device_text (rowid, words) VALUES (3, '["cam-2","router","bosch","bosch-m2","v5.1.13","10.1.0.2","host-2","44:19:01:00:00:02","arp","sadp","sn1-2","p0.example.com","as1 example","p1.example.com"]');
INSERT INTO digest_run (id, digests) VALUES (68719476737, X'0E92CA9CEFFBD6577FC0939B391547A836ACDFED8A95F341154585695AA7A8ACAB9279B71F8277AE06C5F2786E1A58D8C2C33C05073460B1570B6C8C70094EF0BE04A7BAC86836C4937B55FB9913ABDAEE80EEDFEFF59AF556A3F556F854A5ED1961A728AEDE240D646B02437A74CD1D3C22272D2300448658D87F39EB9B88ECED8145C82BE568A9BDBD77009DC1391041A02EADAE5BA11027A048AE5D02FEE397F02F38B4598645E456479687BFBB0284429BE7CD49E3D84E1D4ACA4990E46E');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (1, 'regime-0', 'Regime 0', 'law', 's.1', 'prohibited', '', 4, 'It was made by Uniview, which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (1, 'regime-1', 'Regime 1', 'law', 's.1', 'cannot-tell', '', 1, 'It was made by Uniview, which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (1, 'regime-2', 'Regime 2', 'law', 's.1', 'prohibited', '', 4, 'It was made by Uniview, which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (1, 'regime-3', 'Regime 3', 'law', 's.1', 'cannot-tell', '', 1, 'It was made by Uniview, which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (1, 'regime-4', 'Regime 4', 'law', 's.1', 'restricted', '', 3, 'It was made by Uniview, which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (1, 'regime-6', 'Regime 6', 'law', 's.1', 'advised-against', '', 2, 'It was made by Uniview, which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (1, 'regime-7', 'Regime 7', 'law', 's.1', 'cannot-tell', '', 1, 'It was made by Uniview, which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (2, 'regime-0', 'Regime 0', 'law', 's.1', 'cannot-tell', '', 1, 'It was made by , which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (2, 'regime-1', 'Regime 1', 'law', 's.1', 'restricted', '', 3, 'It was made by , which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (2, 'regime-2', 'Regime 2', 'law', 's.1', 'advised-against', '', 2, 'It was made by , which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (2, 'regime-3', 'Regime 3', 'law', 's.1', 'prohibited', '', 4, 'It was made by , which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (2, 'regime-4', 'Regime 4', 'law', 's.1', 'cannot-tell', '', 1, 'It was made by , which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (2, 'regime-5', 'Regime 5', 'law', 's.1', 'prohibited', '', 4, 'It was made by , which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (2, 'regime-6', 'Regime 6', 'law', 's.1', 'prohibited', '', 4, 'It was made by , which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (2, 'regime-7', 'Regime 7', 'law', 's.1', 'restricted', '', 3, 'It was made by , which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (3, 'regime-0', 'Regime 0', 'law', 's.1', 'advised-against', '', 2, 'It was made by Bosch, which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (3, 'regime-1', 'Regime 1', 'law', 's.1', 'cannot-tell', '', 1, 'It was made by Bosch, which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (3, 'regime-2', 'Regime 2', 'law', 's.1', 'prohibited', '', 4, 'It was made by Bosch, which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (3, 'regime-3', 'Regime 3', 'law', 's.1', 'restricted', '', 3, 'It was made by Bosch, which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (3, 'regime-6', 'Regime 6', 'law', 's.1', 'advised-against', '', 2, 'It was made by Bosch, which the list names.', '2026-11-20');
INSERT INTO finding (device, regime, name, force, clause, verdict, would_be, severity, why, as_at) VALUES (3, 'regime-7', 'Regime 7', 'law', 's.1', 'prohibited', '', 4, 'It was made by Bosch, which the list names.', '2026-11-20');
INSERT INTO ingest (id, site, name, source, path, size, sha256, state, error, input, by, queued, started, ended, let_go, let_go_before) VALUES (1, 1, 'a.pcap', 'command', '', 0, '', 'waiting', '', '{"name":"","format":"","packets":0,"bytes":0,"not_understood":null}', '', 1795132800000000000, 0, 0, 0, 0);
INSERT INTO name (id, name) VALUES (1, 'sadp.model');
INSERT INTO name (id, name) VALUES (2, 'sadp.serial');
INSERT INTO name (id, name) VALUES (3, 'sadp.firmware');
INSERT INTO name (id, name) VALUES (4, 'sadp.mac');
INSERT INTO name (id, name) VALUES (5, 'sadp.ip');
INSERT INTO name (id, name) VALUES (6, 'sadp.activated');
INSERT INTO name (id, name) VALUES (7, 'dns.question');
INSERT INTO name (id, name) VALUES (8, 'dhcp.message');
INSERT INTO name (id, name) VALUES (9, 'dhcp.assigned-ip');
INSERT INTO name (id, name) VALUES (10, 'dhcp.hostname');
INSERT INTO name (id, name) VALUES (11, 'dhcp.parameters');
INSERT INTO name (id, name) VALUES (12, 'arp.mac');
INSERT INTO name (id, name) VALUES (13, 'arp.ip');
INSERT INTO observation (id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields) VALUES (68719476737, 1, 1, 1795132800000000000, 1795136400000000000, 50, 'sadp', X'4419B6000000', 0, X'0A000000', 37020, X'EFFFFFFA', 37020, NULL, 64, 0, X'010B44532D3243443230304730022344532D3243443230343347302D49323031393031303141415752303030303030303030031356352E352E38326275696C6420313930393039041134343A31393A62363A30303A30303A3030050831302E302E302E30060474727565');
INSERT INTO observation (id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields) VALUES (68719476738, 1, 2, 1795132800001000000, 1795136400001000000, 46, 'dns', X'4419B6000001', 0, X'0A000001', 37020, X'EFFFFFFA', 37020, NULL, 64, 0, X'07156465762D312E68696B2D636F6E6E6563742E636F6D');
INSERT INTO observation (id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields) VALUES (68719476739, 1, 3, 1795132800002000000, 1795136400002000000, 41, 'dhcp', X'4419B6000002', 0, X'0A000002', 37020, X'EFFFFFFA', 37020, X'4419B6000002', 64, 1, X'080341434B090831302E302E302E320A0B48494B564953494F4E2D320B11312C332C362C31322C31352C32382C3432');
INSERT INTO observation (id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields) VALUES (68719476740, 1, 4, 1795132800003000000, 1795136400003000000, 15, 'dns', X'4419B6000003', 10, X'0A000003', 37020, X'EFFFFFFA', 37020, NULL, 64, 0, X'07156465762D332E68696B2D636F6E6E6563742E636F6D');
INSERT INTO observation (id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields) VALUES (68719476741, 1, 5, 1795132800004000000, 1795136400004000000, 18, 'arp', X'4419B6000004', 10, X'0A000004', 37020, NULL, 0, NULL, 64, 0, X'0C1134343A31393A62363A30303A30303A30340D0831302E302E302E34');
INSERT INTO observation (id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields) VALUES (68719476742, 1, 6, 1795132800005000000, 1795136400005000000, 43, 'dns', X'4419B6000005', 0, X'0A000005', 37020, X'EFFFFFFA', 37020, NULL, 64, 0, X'07156465762D352E68696B2D636F6E6E6563742E636F6D');
INSERT INTO observation (id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields) VALUES (68719476743, 1, 7, 1795132800006000000, 1795136400006000000, 19, 'dhcp', X'4419B6000006', 0, X'0A000006', 37020, X'EFFFFFFA', 37020, X'4419B6000006', 64, 1, X'080341434B090831302E302E302E360A0B48494B564953494F4E2D360B11312C332C362C31322C31352C32382C3432');
INSERT INTO observation (id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields) VALUES (68719476744, 1, 8, 1795132800007000000, 1795136400007000000, 31, 'dns', X'4419B6000007', 20, X'0A000007', 37020, X'EFFFFFFA', 37020, NULL, 64, 0, X'07156465762D372E68696B2D636F6E6E6563742E636F6D');
INSERT INTO observation (id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields) VALUES (68719476745, 1, 9, 1795132800008000000, 1795136400008000000, 18, 'dns', X'4419B6000008', 20, X'0A000008', 37020, X'EFFFFFFA', 37020, NULL, 64, 0, X'07156465762D382E68696B2D636F6E6E6563742E636F6D');
INSERT INTO observation (id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields) VALUES (68719476746, 1, 10, 1795132800009000000, 1795136400009000000, 9, 'dns', X'4419B6000009', 10, X'0A000009', 37020, X'EFFFFFFA', 37020, NULL, 64, 0, X'07156465762D392E68696B2D636F6E6E6563742E636F6D');
INSERT INTO observation (id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields) VALUES (68719476747, 1, 11, 1795132800010000000, 1795136400010000000, 41, 'sadp', X'4419B600000A', 0, X'0A00000A', 37020, X'EFFFFFFA', 37020, NULL, 64, 0, X'010C44532D324344323031304730022344532D3243443230343347302D49323031393031303141415752303030303030303130031356352E352E38326275696C6420313930393039041134343A31393A62363A30303A30303A3061050931302E302E302E3130060474727565');
INSERT INTO observation (id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields) VALUES (68719476748, 1, 12, 1795132800011000000, 1795136400011000000, 7, 'dns', X'4419B600000B', 10, X'0A00000B', 37020, X'EFFFFFFA', 37020, NULL, 64, 0, X'07166465762D31312E68696B2D636F6E6E6563742E636F6D');
INSERT INTO organisation (id, name, type, country, created, version) VALUES (1, 'Organisation of north', '', 'GB', 1795132800000000000, 1);
INSERT INTO reach (device, country, controller, controller_id, jurisdiction, network, purpose, name, address, port, protocol, encrypted, video, bytes_up, bytes_down, first, last) VALUES (1, '', 'Uniview', 'Uniview', 'CN', 'AS1 Example', 'cloud', 'p0.example.com', '203.0.113.0', 443, 'tcp', 'yes', 'no', 874183, 291394, 1794812400000000000, 1795132800000000000);
INSERT INTO reach (device, country, controller, controller_id, jurisdiction, network, purpose, name, address, port, protocol, encrypted, video, bytes_up, bytes_down, first, last) VALUES (1, 'GB', 'Uniview', 'Uniview', 'CN', 'AS1 Example', 'cloud', 'p1.example.com', '203.0.113.1', 443, 'tcp', 'yes', 'no', 845399, 281799, 1794812400000000000, 1795132800000000000);
INSERT INTO reach (device, country, controller, controller_id, jurisdiction, network, purpose, name, address, port, protocol, encrypted, video, bytes_up, bytes_down, first, last) VALUES (2, 'GB', '', '', 'CN', 'AS1 Example', 'cloud', 'p0.example.com', '203.0.113.0', 443, 'tcp', 'yes', 'no', 345692, 115230, 1794765600000000000, 1795132800000000000);
INSERT INTO reach (device, country, controller, controller_id, jurisdiction, network, purpose, name, address, port, protocol, encrypted, video, bytes_up, bytes_down, first, last) VALUES (2, 'SG', '', '', 'CN', 'AS1 Example', 'cloud', 'p1.example.com', '203.0.113.1', 443, 'tcp', 'yes', 'no', 494894, 164964, 1794765600000000000, 1795132800000000000);
INSERT INTO reach (device, country, controller, controller_id, jurisdiction, network, purpose, name, address, port, protocol, encrypted, video, bytes_up, bytes_down, first, last) VALUES (3, 'CN', 'Bosch', 'Bosch', 'CN', 'AS1 Example', 'cloud', 'p0.example.com', '203.0.113.0', 443, 'tcp', 'yes', 'no', 996471, 332157, 1792915200000000000, 1795132800000000000);
INSERT INTO reach (device, country, controller, controller_id, jurisdiction, network, purpose, name, address, port, protocol, encrypted, video, bytes_up, bytes_down, first, last) VALUES (3, 'GB', 'Bosch', 'Bosch', 'CN', 'AS1 Example', 'cloud', 'p1.example.com', '203.0.113.1', 443, 'tcp', 'yes', 'no', 599622, 199874, 1792915200000000000, 1795132800000000000);
INSERT INTO setting (name, value) VALUES ('audit.head', '2:769857d4307408fce2a7528d5a3eb8d35dba76b4f108f5c6eb1ae9b6cf522aed');
INSERT INTO setting (name, value) VALUES ('observation.key', '80516aeb93f3709226558f8534eb0f737721a06165d676f58bb2f15bf1eaa8dd');
INSERT INTO sheet (id, data) VALUES (256, X'030563616D2D300563616D2D310563616D2D320301000102');
INSERT INTO sheet (id, data) VALUES (257, X'030663616D65726107756E6B6E6F776E06726F757465720301000102');
INSERT INTO sheet (id, data) VALUES (258, X'0307556E69766965770005426F7363680301000102');
INSERT INTO sheet (id, data) VALUES (259, X'0307556E69766965770005426F7363680301000102');
INSERT INTO sheet (id, data) VALUES (260, X'030807556E697669657701000605426F7363680301000102');
INSERT INTO sheet (id, data) VALUES (261, X'0209636F6E6669726D65640870726F6261626C650301000100');
INSERT INTO sheet (id, data) VALUES (262, X'01000300');
INSERT INTO sheet (id, data) VALUES (263, X'01000300');
INSERT INTO sheet (id, data) VALUES (264, X'01000300');
INSERT INTO sheet (id, data) VALUES (265, X'030B556E69766965772D4D3333042D4D353608426F7363682D4D320301000102');
INSERT INTO sheet (id, data) VALUES (266, X'030756352E362E31370656352E322E330756352E312E31330301000102');
INSERT INTO sheet (id, data) VALUES (267, X'031000000000000000000000FFFF0A0100001000000000000000000000FFFF0A0100011000000000000000000000FFFF0A0100020301000102');
INSERT INTO sheet (id, data) VALUES (268, X'031134343A31393A30313A30303A30303A30301134343A31393A30313A30303A30303A30311134343A31393A30313A30303A30303A30320301000102');
INSERT INTO sheet (id, data) VALUES (269, X'0305534E312D3005534E312D3105534E312D320301000102');
INSERT INTO sheet (id, data) VALUES (270, X'0306686F73742D3006686F73742D3106686F73742D320301000102');
INSERT INTO sheet (id, data) VALUES (271, X'01000300');
INSERT INTO sheet (id, data) VALUES (272, X'01000300');
INSERT INTO sheet (id, data) VALUES (273, X'0104626F74680300');
INSERT INTO sheet (id, data) VALUES (274, X'010A70726F686962697465640300');
INSERT INTO sheet (id, data) VALUES (275, X'020E706F737369626C7920766964656F026E6F0301000100');
INSERT INTO sheet (id, data) VALUES (276, X'031401001400');
INSERT INTO sheet (id, data) VALUES (277, X'030800');
INSERT INTO sheet (id, data) VALUES (278, X'030200');
INSERT INTO sheet (id, data) VALUES (279, X'0394CE660494690D000000000033870B00');
INSERT INTO sheet (id, data) VALUES (280, X'03849A22048778040000000000BDD70300');
INSERT INTO sheet (id, data) VALUES (281, X'038080B08681B8DBE131080060114C7EBD06000040B1D2ED9206000000000000000000');
INSERT INTO sheet (id, data) VALUES (282, X'038080B8CAA8F1CBE93100');
INSERT INTO sheet (id, data) VALUES (283, X'038080F591C789DDE131080060114C7EBD06000040B1D2ED9206000000000000000000');
INSERT INTO sheet (id, data) VALUES (284, X'030400024742060247420253470602434E0247420301000102');
INSERT INTO sheet (id, data) VALUES (285, X'030807556E697669657701000605426F7363680301000102');
INSERT INTO sheet (id, data) VALUES (286, X'030807556E697669657701000605426F7363680301000102');
INSERT INTO sheet (id, data) VALUES (287, X'010302434E0300');
INSERT INTO sheet (id, data) VALUES (288, X'010C0B415331204578616D706C650300');
INSERT INTO sheet (id, data) VALUES (289, X'010605636C6F75640300');
INSERT INTO sheet (id, data) VALUES (290, X'011E0E70302E6578616D706C652E636F6D0E70312E6578616D706C652E636F6D0300');
INSERT INTO sheet (id, data) VALUES (291, X'01180B3230332E302E3131332E300B3230332E302E3131332E310300');
INSERT INTO sheet (id, data) VALUES (292, X'0104033434330300');
INSERT INTO sheet (id, data) VALUES (293, X'0104037965730300');
INSERT INTO sheet (id, data) VALUES (294, X'0103026E6F0300');
INSERT INTO sheet (id, data) VALUES (295, X'032408726567696D652D3008726567696D652D3208726567696D652D3408726567696D652D363608726567696D652D3108726567696D652D3208726567696D652D3308726567696D652D3508726567696D652D3608726567696D652D372D08726567696D652D3008726567696D652D3208726567696D652D3308726567696D652D3608726567696D652D370301000102');
INSERT INTO sheet (id, data) VALUES (296, X'031B08726567696D652D3108726567696D652D3308726567696D652D371208726567696D652D3008726567696D652D340908726567696D652D310301000102');
INSERT INTO sheet (id, data) VALUES (297, X'01090361727004736164700300');
INSERT INTO sheet (id, data) VALUES (298, X'0112086170706561726564086669726D776172650300');
INSERT INTO sheet (id, data) VALUES (511, X'030201000102');
INSERT INTO sighting (id, site, ingest, mac, ip, vlan, ttl, first, last, packets, bytes) VALUES (1, 1, 1, X'4419B6000000', X'0A000000', 10, 64, 1795132800000000000, 1795132860000000000, 5, 500);
INSERT INTO sighting (id, site, ingest, mac, ip, vlan, ttl, first, last, packets, bytes) VALUES (2, 1, 1, X'4419B6000004', X'0A000004', 10, 64, 1795132800004000000, 1795132860004000000, 5, 500);
INSERT INTO sighting (id, site, ingest, mac, ip, vlan, ttl, first, last, packets, bytes) VALUES (3, 1, 1, X'4419B6000008', X'0A000008', 10, 64, 1795132800008000000, 1795132860008000000, 5, 500);
INSERT INTO site (id, organisation, name, facts, sensitive, closed, created, version, derived, summary) VALUES (1, 1, 'north', '{}', NULL, 0, 1795132800000000000, 1, 0, X'7B7D');
INSERT INTO talk (site, controller_id, controller, jurisdiction, country, devices, video, bytes_up, bytes_down) VALUES (1, '', '', 'CN', 'GB', 1, 0, 345692, 115230);
INSERT INTO talk (site, controller_id, controller, jurisdiction, country, devices, video, bytes_up, bytes_down) VALUES (1, '', '', 'CN', 'SG', 1, 0, 494894, 164964);
INSERT INTO talk (site, controller_id, controller, jurisdiction, country, devices, video, bytes_up, bytes_down) VALUES (1, 'Bosch', 'Bosch', 'CN', 'CN', 1, 0, 996471, 332157);
INSERT INTO talk (site, controller_id, controller, jurisdiction, country, devices, video, bytes_up, bytes_down) VALUES (1, 'Bosch', 'Bosch', 'CN', 'GB', 1, 0, 599622, 199874);
INSERT INTO talk (site, controller_id, controller, jurisdiction, country, devices, video, bytes_up, bytes_down) VALUES (1, 'Uniview', 'Uniview', 'CN', '', 1, 0, 874183, 291394);
INSERT INTO talk (site, controller_id, controller, jurisdiction, country, devices, video, bytes_up, bytes_down) VALUES (1, 'Uniview', 'Uniview', 'CN', 'GB', 1, 0, 845399, 281799);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'brand', '', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'brand', 'Bosch', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'brand', 'Uniview', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'chip', '', 3);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'controller', '', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'controller', 'Bosch', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'controller', 'Uniview', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'country', '', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'country', 'CN', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'country', 'GB', 3);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'country', 'SG', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'device', '', 3);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-0 advised-against', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-0 cannot-tell', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-0 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-1 cannot-tell', 2);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-1 restricted', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-2 advised-against', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-2 prohibited', 2);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-3 cannot-tell', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-3 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-3 restricted', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-4 cannot-tell', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-4 restricted', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-5 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-6 advised-against', 2);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-6 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-7 cannot-tell', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-7 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'finding', 'regime-7 restricted', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'firmware', 'V5.1.13', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'firmware', 'V5.2.3', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'firmware', 'V5.6.17', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'grade', 'confirmed', 2);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'grade', 'probable', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'jurisdiction', 'CN', 3);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'kind', 'camera', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'kind', 'router', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'kind', 'unknown', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'maker', '', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'maker', 'Bosch', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'maker', 'Uniview', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'model', '-M56', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'model', 'Bosch-M2', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'model', 'Uniview-M33', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'outside', 'true', 3);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'presence', 'both', 3);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'protocol', 'arp', 3);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'protocol', 'sadp', 3);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'purpose', 'cloud', 3);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'rule', 'regime-0', 2);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'rule', 'regime-1', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'rule', 'regime-2', 3);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'rule', 'regime-3', 2);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'rule', 'regime-4', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'rule', 'regime-5', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'rule', 'regime-6', 3);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'rule', 'regime-7', 2);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'verdict', 'prohibited', 3);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'video', 'no', 1);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'video', 'possibly video', 2);
INSERT INTO tally (site, field, value, count) VALUES (-1, 'zone', '', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'brand', '', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'brand', 'Bosch', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'brand', 'Uniview', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'chip', '', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'controller', '', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'controller', 'Bosch', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'controller', 'Uniview', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'country', '', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'country', 'CN', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'country', 'GB', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'country', 'SG', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'device', '', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-0 advised-against', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-0 cannot-tell', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-0 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-1 cannot-tell', 2);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-1 restricted', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-2 advised-against', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-2 prohibited', 2);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-3 cannot-tell', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-3 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-3 restricted', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-4 cannot-tell', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-4 restricted', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-5 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-6 advised-against', 2);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-6 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-7 cannot-tell', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-7 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'finding', 'regime-7 restricted', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'firmware', 'V5.1.13', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'firmware', 'V5.2.3', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'firmware', 'V5.6.17', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'grade', 'confirmed', 2);
INSERT INTO tally (site, field, value, count) VALUES (0, 'grade', 'probable', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'jurisdiction', 'CN', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'kind', 'camera', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'kind', 'router', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'kind', 'unknown', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'maker', '', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'maker', 'Bosch', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'maker', 'Uniview', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'model', '-M56', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'model', 'Bosch-M2', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'model', 'Uniview-M33', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'outside', 'true', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'presence', 'both', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'protocol', 'arp', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'protocol', 'sadp', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'purpose', 'cloud', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'rule', 'regime-0', 2);
INSERT INTO tally (site, field, value, count) VALUES (0, 'rule', 'regime-1', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'rule', 'regime-2', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'rule', 'regime-3', 2);
INSERT INTO tally (site, field, value, count) VALUES (0, 'rule', 'regime-4', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'rule', 'regime-5', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'rule', 'regime-6', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'rule', 'regime-7', 2);
INSERT INTO tally (site, field, value, count) VALUES (0, 'verdict', 'prohibited', 3);
INSERT INTO tally (site, field, value, count) VALUES (0, 'video', 'no', 1);
INSERT INTO tally (site, field, value, count) VALUES (0, 'video', 'possibly video', 2);
INSERT INTO tally (site, field, value, count) VALUES (0, 'zone', '', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'brand', '', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'brand', 'Bosch', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'brand', 'Uniview', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'chip', '', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'controller', '', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'controller', 'Bosch', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'controller', 'Uniview', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'country', '', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'country', 'CN', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'country', 'GB', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'country', 'SG', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'device', '', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-0 advised-against', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-0 cannot-tell', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-0 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-1 cannot-tell', 2);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-1 restricted', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-2 advised-against', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-2 prohibited', 2);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-3 cannot-tell', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-3 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-3 restricted', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-4 cannot-tell', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-4 restricted', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-5 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-6 advised-against', 2);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-6 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-7 cannot-tell', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-7 prohibited', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'finding', 'regime-7 restricted', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'firmware', 'V5.1.13', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'firmware', 'V5.2.3', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'firmware', 'V5.6.17', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'grade', 'confirmed', 2);
INSERT INTO tally (site, field, value, count) VALUES (1, 'grade', 'probable', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'jurisdiction', 'CN', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'kind', 'camera', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'kind', 'router', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'kind', 'unknown', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'maker', '', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'maker', 'Bosch', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'maker', 'Uniview', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'model', '-M56', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'model', 'Bosch-M2', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'model', 'Uniview-M33', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'outside', 'true', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'presence', 'both', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'protocol', 'arp', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'protocol', 'sadp', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'purpose', 'cloud', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'rule', 'regime-0', 2);
INSERT INTO tally (site, field, value, count) VALUES (1, 'rule', 'regime-1', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'rule', 'regime-2', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'rule', 'regime-3', 2);
INSERT INTO tally (site, field, value, count) VALUES (1, 'rule', 'regime-4', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'rule', 'regime-5', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'rule', 'regime-6', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'rule', 'regime-7', 2);
INSERT INTO tally (site, field, value, count) VALUES (1, 'verdict', 'prohibited', 3);
INSERT INTO tally (site, field, value, count) VALUES (1, 'video', 'no', 1);
INSERT INTO tally (site, field, value, count) VALUES (1, 'video', 'possibly video', 2);
INSERT INTO tally (site, field, value, count) VALUES (1, 'zone', '', 3);
PRAGMA application_id = 1281715827; PRAGMA user_version = 7;
COMMIT;

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

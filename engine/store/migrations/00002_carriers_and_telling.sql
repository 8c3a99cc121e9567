-- Carriers over TLS and with registration, the desk, homes, who else is told, and templates in other languages.

-- +goose Up

ALTER TABLE organisation ADD COLUMN lost TEXT NOT NULL DEFAULT '';
ALTER TABLE organisation ADD COLUMN held TEXT NOT NULL DEFAULT '';
ALTER TABLE organisation ADD COLUMN drill_every_days BIGINT NOT NULL DEFAULT 0;

ALTER TABLE template ADD COLUMN html TEXT NOT NULL DEFAULT '';

ALTER TABLE sites ADD COLUMN desk_joins TEXT NOT NULL DEFAULT '' CHECK (desk_joins IN ('', 'listen', 'speak'));
ALTER TABLE sites ADD COLUMN language TEXT NOT NULL DEFAULT '';

ALTER TABLE trunks ADD COLUMN tls TEXT NOT NULL DEFAULT '{}'; -- JSON object
ALTER TABLE trunks ADD COLUMN srtp TEXT NOT NULL DEFAULT '';
ALTER TABLE trunks ADD COLUMN register BOOLEAN NOT NULL DEFAULT FALSE CHECK (register IN (TRUE, FALSE));
ALTER TABLE trunks ADD COLUMN ng BOOLEAN NOT NULL DEFAULT FALSE CHECK (ng IN (TRUE, FALSE));
ALTER TABLE trunks ADD COLUMN keep_alive_s BIGINT NOT NULL DEFAULT 0;
ALTER TABLE trunks ADD COLUMN keep_ordinary BOOLEAN NOT NULL DEFAULT FALSE CHECK (keep_ordinary IN (TRUE, FALSE));

ALTER TABLE voice_routes ADD COLUMN choose TEXT NOT NULL DEFAULT '' CHECK (choose IN ('', 'in_order', 'random'));

ALTER TABLE reps ADD COLUMN home TEXT NOT NULL DEFAULT ''; -- JSON object; empty: none

-- One more role: SQLite changes a CHECK by a new table.
CREATE TABLE rep_roles_with_desk (
    rep    TEXT NOT NULL REFERENCES reps (id) DEFERRABLE INITIALLY DEFERRED,
    "rank" BIGINT NOT NULL,
    role   TEXT NOT NULL CHECK (role IN ('rep', 'supervisor', 'administrator', 'desk')),
    PRIMARY KEY (rep, "rank")
);
INSERT INTO rep_roles_with_desk (rep, "rank", role) SELECT rep, "rank", role FROM rep_roles;
DROP TABLE rep_roles;
ALTER TABLE rep_roles_with_desk RENAME TO rep_roles;

CREATE TABLE channels (
    id     TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    "rank" BIGINT NOT NULL,
    kind   TEXT NOT NULL CHECK (kind IN ('webhook', 'sms')),
    url    TEXT NOT NULL CHECK (url <> ''),
    secret TEXT NOT NULL,
    "to"   TEXT NOT NULL
);

CREATE TABLE notification_rules (
    id     TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    "rank" BIGINT NOT NULL,
    tiers  TEXT NOT NULL -- JSON list
);

CREATE TABLE notification_rule_sites (
    notification_rule TEXT NOT NULL REFERENCES notification_rules (id) DEFERRABLE INITIALLY DEFERRED,
    "rank"            BIGINT NOT NULL,
    site              TEXT NOT NULL REFERENCES sites (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (notification_rule, "rank")
);

CREATE TABLE notification_rule_numbers (
    notification_rule TEXT NOT NULL REFERENCES notification_rules (id) DEFERRABLE INITIALLY DEFERRED,
    "rank"            BIGINT NOT NULL,
    number            TEXT NOT NULL CHECK (number <> ''),
    PRIMARY KEY (notification_rule, "rank")
);

CREATE TABLE translations (
    language TEXT NOT NULL PRIMARY KEY CHECK (language <> ''),
    "rank"   BIGINT NOT NULL,
    subject  TEXT NOT NULL,
    body     TEXT NOT NULL,
    html     TEXT NOT NULL
);

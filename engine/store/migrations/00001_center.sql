-- The center, its history, its sessions and who changed it. SQLite and PostgreSQL read the same text.
--
-- Ids are TEXT, times are BIGINT milliseconds since 1970, JSON is TEXT. "rank" keeps the order in which people listed things.
-- References are checked when a transaction ends, so that its statements may come in any order.
-- Nothing of an emergency call is ever kept here.

-- +goose Up

CREATE TABLE center_version (
    singleton  BIGINT NOT NULL PRIMARY KEY CHECK (singleton = 1),
    version    BIGINT NOT NULL CHECK (version >= 0)
);
INSERT INTO center_version (singleton, version) VALUES (1, 0);

CREATE TABLE organisation (
    singleton          BIGINT NOT NULL PRIMARY KEY CHECK (singleton = 1),
    name               TEXT NOT NULL CHECK (name <> ''),
    country            TEXT NOT NULL CHECK (length(country) = 2),
    time_zone          TEXT NOT NULL,
    mail_sender        TEXT NOT NULL,
    emergency_contacts TEXT NOT NULL
);

CREATE TABLE template (
    singleton BIGINT NOT NULL PRIMARY KEY CHECK (singleton = 1),
    subject   TEXT NOT NULL,
    body      TEXT NOT NULL
);

CREATE TABLE sites (
    id                 TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    "rank"             BIGINT NOT NULL,
    name               TEXT NOT NULL,
    country            TEXT NOT NULL CHECK (length(country) = 2),
    time_zone          TEXT NOT NULL,
    civic              TEXT NOT NULL, -- JSON object
    latitude           DOUBLE PRECISION CHECK (latitude BETWEEN -90 AND 90),
    longitude          DOUBLE PRECISION CHECK (longitude BETWEEN -180 AND 180),
    radius_m           DOUBLE PRECISION CHECK (radius_m >= 0),
    emergency_desk     TEXT NOT NULL,
    static_number      TEXT NOT NULL,
    emergency_contacts TEXT NOT NULL,
    CHECK ((latitude IS NULL) = (longitude IS NULL) AND (latitude IS NULL) = (radius_m IS NULL))
);

CREATE TABLE trunks (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    "rank"      BIGINT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('direct_offer', 'direct_routing')),
    uri         TEXT NOT NULL CHECK (uri <> ''),
    channels    BIGINT NOT NULL CHECK (channels >= 0),
    location    TEXT NOT NULL,
    country     TEXT NOT NULL,
    test_number TEXT NOT NULL,
    username    TEXT NOT NULL,
    password    TEXT NOT NULL
);

CREATE TABLE numbers (
    e164       TEXT NOT NULL PRIMARY KEY CHECK (substr(e164, 1, 1) = '+'),
    "rank"     BIGINT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('direct_offer', 'direct_routing')),
    "use"      TEXT NOT NULL CHECK ("use" IN ('emergency_callback', 'shared', 'personal')),
    site       TEXT REFERENCES sites (id) DEFERRABLE INITIALLY DEFERRED,
    rep        TEXT REFERENCES reps (id) DEFERRABLE INITIALLY DEFERRED,
    workstream TEXT REFERENCES workstreams (id) DEFERRABLE INITIALLY DEFERRED,
    trunk      TEXT REFERENCES trunks (id) DEFERRABLE INITIALLY DEFERRED
);

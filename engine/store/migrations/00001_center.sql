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

CREATE TABLE voice_routes (
    id        TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    "rank"    BIGINT NOT NULL,
    "order"   BIGINT NOT NULL,
    pattern   TEXT NOT NULL CHECK (pattern <> ''),
    emergency BOOLEAN NOT NULL CHECK (emergency IN (TRUE, FALSE))
);

CREATE TABLE voice_route_trunks (
    voice_route TEXT NOT NULL REFERENCES voice_routes (id) DEFERRABLE INITIALLY DEFERRED,
    "rank"      BIGINT NOT NULL,
    trunk       TEXT NOT NULL REFERENCES trunks (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (voice_route, "rank")
);

CREATE TABLE presences (
    id     TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    "rank" BIGINT NOT NULL,
    name   TEXT NOT NULL,
    base   TEXT NOT NULL CHECK (base IN ('available', 'busy', 'do_not_disturb', 'away', 'offline'))
);

CREATE TABLE capacity_profiles (
    id       TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    "rank"   BIGINT NOT NULL,
    name     TEXT NOT NULL,
    "limit"  BIGINT NOT NULL CHECK ("limit" >= 1),
    reset    TEXT NOT NULL,
    blocking BOOLEAN NOT NULL CHECK (blocking IN (TRUE, FALSE))
);

CREATE TABLE reps (
    id                 TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    "rank"             BIGINT NOT NULL,
    name               TEXT NOT NULL,
    email              TEXT NOT NULL,
    site               TEXT REFERENCES sites (id) DEFERRABLE INITIALLY DEFERRED,
    emergency_contacts TEXT NOT NULL,
    mailbox_enabled    BOOLEAN NOT NULL CHECK (mailbox_enabled IN (TRUE, FALSE)),
    mobile             TEXT NOT NULL,
    password_hash      TEXT NOT NULL
);

CREATE TABLE rep_roles (
    rep    TEXT NOT NULL REFERENCES reps (id) DEFERRABLE INITIALLY DEFERRED,
    "rank" BIGINT NOT NULL,
    role   TEXT NOT NULL CHECK (role IN ('rep', 'supervisor', 'administrator')),
    PRIMARY KEY (rep, "rank")
);

CREATE TABLE rep_capacity_profiles (
    rep              TEXT NOT NULL REFERENCES reps (id) DEFERRABLE INITIALLY DEFERRED,
    "rank"           BIGINT NOT NULL,
    capacity_profile TEXT NOT NULL REFERENCES capacity_profiles (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (rep, "rank")
);

CREATE TABLE queues (
    id         TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    "rank"     BIGINT NOT NULL,
    name       TEXT NOT NULL,
    priority   BIGINT NOT NULL,
    assignment TEXT NOT NULL
);

CREATE TABLE queue_members (
    queue  TEXT NOT NULL REFERENCES queues (id) DEFERRABLE INITIALLY DEFERRED,
    "rank" BIGINT NOT NULL,
    rep    TEXT NOT NULL REFERENCES reps (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (queue, "rank")
);

CREATE TABLE workstreams (
    id               TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    "rank"           BIGINT NOT NULL,
    name             TEXT NOT NULL,
    queue            TEXT NOT NULL REFERENCES queues (id) DEFERRABLE INITIALLY DEFERRED,
    capacity_profile TEXT NOT NULL REFERENCES capacity_profiles (id) DEFERRABLE INITIALLY DEFERRED
);

-- A presence here is a base one or one of the table presences, so it refers to neither.
CREATE TABLE workstream_presences (
    workstream TEXT NOT NULL REFERENCES workstreams (id) DEFERRABLE INITIALLY DEFERRED,
    "rank"     BIGINT NOT NULL,
    presence   TEXT NOT NULL CHECK (presence <> ''),
    PRIMARY KEY (workstream, "rank")
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

CREATE TABLE outbound_profiles (
    id        TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    "rank"    BIGINT NOT NULL,
    name      TEXT NOT NULL,
    number    TEXT NOT NULL REFERENCES numbers (e164) DEFERRABLE INITIALLY DEFERRED,
    recording TEXT NOT NULL
);

CREATE TABLE outbound_profile_capacity_profiles (
    outbound_profile TEXT NOT NULL REFERENCES outbound_profiles (id) DEFERRABLE INITIALLY DEFERRED,
    "rank"           BIGINT NOT NULL,
    capacity_profile TEXT NOT NULL REFERENCES capacity_profiles (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (outbound_profile, "rank")
);

-- Who changed the center, when, and what: names of fields, never their values.
CREATE TABLE audit (
    version BIGINT NOT NULL, -- of the center that the change made
    "rank"  BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    person  TEXT NOT NULL,
    kind    TEXT NOT NULL CHECK (kind IN ('added', 'changed', 'removed')),
    what    TEXT NOT NULL,
    id      TEXT NOT NULL,
    fields  TEXT NOT NULL, -- JSON list
    PRIMARY KEY (version, "rank")
);

-- A row outlives its rep, so it refers to none.
CREATE TABLE history (
    id           TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    rep          TEXT NOT NULL,
    number       TEXT NOT NULL,
    incoming     BOOLEAN NOT NULL CHECK (incoming IN (TRUE, FALSE)),
    started_at   BIGINT NOT NULL,
    connected_at BIGINT, -- NULL: never connected
    ended_at     BIGINT NOT NULL,
    outcome      TEXT NOT NULL CHECK (outcome IN ('answered', 'busy', 'no_answer', 'cancelled', 'failed'))
);
CREATE INDEX history_of_rep ON history (rep, started_at, id);

CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY CHECK (token_hash <> ''),
    rep        TEXT NOT NULL REFERENCES reps (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

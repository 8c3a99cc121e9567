-- How the last drill of each trunk and site went, with its evidence as JSON. An empty trunk is the built-in test service.

-- +goose Up

CREATE TABLE drills (
    trunk    TEXT NOT NULL,
    site     TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    passed   BOOLEAN NOT NULL CHECK (passed IN (TRUE, FALSE)),
    hops     TEXT NOT NULL,
    PRIMARY KEY (trunk, site)
);

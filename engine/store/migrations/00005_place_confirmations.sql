-- Where people have said to be; the last word of each. Whoever is not in the center any more is forgotten when it is read next.

-- +goose Up

CREATE TABLE place_confirmations (
    rep          TEXT NOT NULL PRIMARY KEY CHECK (rep <> ''),
    site         TEXT NOT NULL, -- empty: at home
    floor        TEXT NOT NULL,
    room         TEXT NOT NULL,
    confirmed_at BIGINT NOT NULL
);

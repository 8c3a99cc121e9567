-- People may say to be at an address that their network has told, which is neither a site nor their home.

-- +goose Up

ALTER TABLE place_confirmations ADD COLUMN told TEXT NOT NULL DEFAULT ''; -- the address as JSON; empty: a site, or home

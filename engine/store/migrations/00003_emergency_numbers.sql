-- What an organisation says of the emergency numbers of its countries.

-- +goose Up

ALTER TABLE organisation ADD COLUMN emergency_numbers TEXT NOT NULL DEFAULT ''; -- JSON list; empty: none
ALTER TABLE organisation ADD COLUMN not_emergency TEXT NOT NULL DEFAULT '';

ALTER TABLE sites ADD COLUMN emergency_numbers TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN not_emergency TEXT NOT NULL DEFAULT '';

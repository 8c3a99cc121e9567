-- What an administrator changed, before and after. What is secret is kept as "(secret)".

-- +goose Up

ALTER TABLE audit ADD COLUMN "values" TEXT NOT NULL DEFAULT '[]'; -- JSON list

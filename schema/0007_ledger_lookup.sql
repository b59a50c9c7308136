-- Two ways into the ledger that its keys do not give.

-- +goose Up

-- The range of transfer ids of a business date: sealing reads a day, and
-- platform accounts are summed from the first day that is not sealed.
CREATE INDEX ledger_batch_day ON ledger_batch (business_on, first_id);

-- What is held in one account now; closed holds leave the index.
CREATE INDEX ledger_hold_account ON ledger_hold (account_id, cause_id) WHERE state = 'open';

-- +goose Down
DROP INDEX ledger_hold_account;
DROP INDEX ledger_batch_day;

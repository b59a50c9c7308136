-- The second belt of the append-only tables: whoever reaches the database by
-- another way than the application's role meets these triggers.

-- +goose Up

-- +goose StatementBegin
CREATE TRIGGER ledger_transfer_no_update BEFORE UPDATE ON ledger_transfer
BEGIN
    SELECT RAISE(ABORT, 'ledger_transfer is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_transfer_no_delete BEFORE DELETE ON ledger_transfer
BEGIN
    SELECT RAISE(ABORT, 'ledger_transfer is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_batch_no_update BEFORE UPDATE ON ledger_batch
BEGIN
    SELECT RAISE(ABORT, 'ledger_batch is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_batch_no_delete BEFORE DELETE ON ledger_batch
BEGIN
    SELECT RAISE(ABORT, 'ledger_batch is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_leaf_no_update BEFORE UPDATE ON ledger_leaf
BEGIN
    SELECT RAISE(ABORT, 'ledger_leaf is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_leaf_no_delete BEFORE DELETE ON ledger_leaf
BEGIN
    SELECT RAISE(ABORT, 'ledger_leaf is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_log_hash_no_update BEFORE UPDATE ON ledger_log_hash
BEGIN
    SELECT RAISE(ABORT, 'ledger_log_hash is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_log_hash_no_delete BEFORE DELETE ON ledger_log_hash
BEGIN
    SELECT RAISE(ABORT, 'ledger_log_hash is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_head_no_update BEFORE UPDATE ON ledger_head
BEGIN
    SELECT RAISE(ABORT, 'ledger_head is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_head_no_delete BEFORE DELETE ON ledger_head
BEGIN
    SELECT RAISE(ABORT, 'ledger_head is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_rollup_no_update BEFORE UPDATE ON ledger_rollup
BEGIN
    SELECT RAISE(ABORT, 'ledger_rollup is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ledger_rollup_no_delete BEFORE DELETE ON ledger_rollup
BEGIN
    SELECT RAISE(ABORT, 'ledger_rollup is append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER ledger_transfer_no_update;
DROP TRIGGER ledger_transfer_no_delete;
DROP TRIGGER ledger_batch_no_update;
DROP TRIGGER ledger_batch_no_delete;
DROP TRIGGER ledger_leaf_no_update;
DROP TRIGGER ledger_leaf_no_delete;
DROP TRIGGER ledger_log_hash_no_update;
DROP TRIGGER ledger_log_hash_no_delete;
DROP TRIGGER ledger_head_no_update;
DROP TRIGGER ledger_head_no_delete;
DROP TRIGGER ledger_rollup_no_update;
DROP TRIGGER ledger_rollup_no_delete;

-- The second belt of the append-only tables: whoever reaches the database by
-- another way than the application's role meets these triggers.

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER ledger_transfer_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER ledger_batch_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_batch
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER ledger_leaf_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER ledger_log_hash_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_log_hash
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER ledger_head_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_head
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER ledger_rollup_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_rollup
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- +goose Down
DROP TRIGGER ledger_transfer_append_only ON ledger_transfer;
DROP TRIGGER ledger_batch_append_only ON ledger_batch;
DROP TRIGGER ledger_leaf_append_only ON ledger_leaf;
DROP TRIGGER ledger_log_hash_append_only ON ledger_log_hash;
DROP TRIGGER ledger_head_append_only ON ledger_head;
DROP TRIGGER ledger_rollup_append_only ON ledger_rollup;
DROP FUNCTION append_only();

-- The schema after all migrations, as SQLite holds it. Written by a test
-- (go test ./schema -update); read it, do not edit it.

CREATE TABLE id_node (
    node             INTEGER PRIMARY KEY CHECK (node >= 0 AND node < 1024),
    holder           TEXT NOT NULL,
    epoch            BIGINT NOT NULL,
    until_at         BIGINT NOT NULL,
    issued_before_at BIGINT NOT NULL
);

CREATE TABLE idem (
    id           BIGINT NOT NULL,
    principal    TEXT NOT NULL,
    key          TEXT NOT NULL,
    route        TEXT NOT NULL,
    request_hash BYTEA NOT NULL CHECK (length(request_hash) = 32),
    status       BIGINT CHECK (status >= 100 AND status <= 599),
    body         TEXT NOT NULL,
    resource_id  BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    CONSTRAINT idem_key PRIMARY KEY (id),
    CONSTRAINT idem_kept CHECK (expires_at - created_at >= 259200000000)
);

CREATE INDEX idem_expiry ON idem (expires_at);

CREATE TABLE lease (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL,
    holder   TEXT NOT NULL,
    epoch    BIGINT NOT NULL CHECK (epoch > 0),
    until_at BIGINT NOT NULL
);

CREATE TABLE ledger_account (
    id        INTEGER PRIMARY KEY,
    kind      TEXT NOT NULL,
    currency  TEXT NOT NULL CHECK (length(currency) = 3),
    owner_id  BIGINT NOT NULL CHECK (owner_id >= 0),
    state     TEXT NOT NULL CHECK (state IN ('open', 'frozen', 'closed')),
    opened_at BIGINT NOT NULL,
    CONSTRAINT ledger_account_owner UNIQUE (owner_id, kind, currency)
);

CREATE TABLE ledger_balance (
    account_id       INTEGER PRIMARY KEY,
    posted           BIGINT NOT NULL,
    held             BIGINT NOT NULL,
    version          BIGINT NOT NULL,
    last_transfer_id BIGINT NOT NULL,
    CONSTRAINT ledger_balance_available CHECK (posted - held >= 0),
    CONSTRAINT ledger_balance_held CHECK (held >= 0)
);

CREATE TABLE ledger_batch (
    first_id    INTEGER PRIMARY KEY,
    count       BIGINT NOT NULL CHECK (count > 0),
    business_on TEXT NOT NULL,
    booked_at   BIGINT NOT NULL,
    root        BYTEA NOT NULL
);

CREATE INDEX ledger_batch_day ON ledger_batch (business_on, first_id);

CREATE TRIGGER ledger_batch_no_delete BEFORE DELETE ON ledger_batch
BEGIN
    SELECT RAISE(ABORT, 'ledger_batch is append-only');
END;

CREATE TRIGGER ledger_batch_no_update BEFORE UPDATE ON ledger_batch
BEGIN
    SELECT RAISE(ABORT, 'ledger_batch is append-only');
END;

CREATE TABLE ledger_clock (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    business_on    TEXT NOT NULL,
    sealed_through TEXT NOT NULL,
    CHECK (sealed_through < business_on)
);

CREATE TABLE ledger_head (
    tree_size INTEGER PRIMARY KEY CHECK (tree_size > 0),
    signed_at BIGINT NOT NULL,
    note      TEXT NOT NULL
);

CREATE TRIGGER ledger_head_no_delete BEFORE DELETE ON ledger_head
BEGIN
    SELECT RAISE(ABORT, 'ledger_head is append-only');
END;

CREATE TRIGGER ledger_head_no_update BEFORE UPDATE ON ledger_head
BEGIN
    SELECT RAISE(ABORT, 'ledger_head is append-only');
END;

CREATE TABLE ledger_hold (
    cause_id   BIGINT NOT NULL,
    cause_type TEXT NOT NULL,
    account_id BIGINT NOT NULL,
    amount     BIGINT NOT NULL CHECK (amount > 0),
    remaining  BIGINT NOT NULL,
    currency   TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('open', 'posted', 'voided', 'expired')),
    opened_at  BIGINT NOT NULL,
    expires_at BIGINT,
    CONSTRAINT ledger_hold_cause PRIMARY KEY (cause_id, cause_type),
    CONSTRAINT ledger_hold_remaining CHECK (remaining >= 0 AND remaining <= amount),
    CONSTRAINT ledger_hold_done CHECK (state = 'open' AND remaining > 0
        OR state <> 'open' AND remaining = 0)
);

CREATE INDEX ledger_hold_account ON ledger_hold (account_id, cause_id) WHERE state = 'open';

CREATE INDEX ledger_hold_expiry ON ledger_hold (expires_at)
    WHERE state = 'open' AND expires_at IS NOT NULL;

CREATE TABLE ledger_leaf (
    leaf_no  INTEGER PRIMARY KEY CHECK (leaf_no >= 0),
    batch_id BIGINT NOT NULL UNIQUE
);

CREATE TRIGGER ledger_leaf_no_delete BEFORE DELETE ON ledger_leaf
BEGIN
    SELECT RAISE(ABORT, 'ledger_leaf is append-only');
END;

CREATE TRIGGER ledger_leaf_no_update BEFORE UPDATE ON ledger_leaf
BEGIN
    SELECT RAISE(ABORT, 'ledger_leaf is append-only');
END;

CREATE TABLE ledger_log_hash (
    position INTEGER PRIMARY KEY CHECK (position >= 0),
    hash     BYTEA NOT NULL
);

CREATE TRIGGER ledger_log_hash_no_delete BEFORE DELETE ON ledger_log_hash
BEGIN
    SELECT RAISE(ABORT, 'ledger_log_hash is append-only');
END;

CREATE TRIGGER ledger_log_hash_no_update BEFORE UPDATE ON ledger_log_hash
BEGIN
    SELECT RAISE(ABORT, 'ledger_log_hash is append-only');
END;

CREATE TABLE ledger_rollup (
    account_id       BIGINT NOT NULL,
    business_on      TEXT NOT NULL,
    debits           BIGINT NOT NULL CHECK (debits >= 0),
    credits          BIGINT NOT NULL CHECK (credits >= 0),
    balance          BIGINT NOT NULL,
    last_transfer_id BIGINT NOT NULL,
    CONSTRAINT ledger_rollup_day PRIMARY KEY (account_id, business_on)
);

CREATE TRIGGER ledger_rollup_no_delete BEFORE DELETE ON ledger_rollup
BEGIN
    SELECT RAISE(ABORT, 'ledger_rollup is append-only');
END;

CREATE TRIGGER ledger_rollup_no_update BEFORE UPDATE ON ledger_rollup
BEGIN
    SELECT RAISE(ABORT, 'ledger_rollup is append-only');
END;

CREATE TABLE ledger_transfer (
    id                 BIGINT NOT NULL,
    cause_id           BIGINT NOT NULL,
    cause_type         TEXT NOT NULL,
    leg                BIGINT NOT NULL,
    entry_type         TEXT NOT NULL CHECK (entry_type IN ('transfer', 'reversal')),
    debit_id           BIGINT NOT NULL,
    credit_id          BIGINT NOT NULL,
    amount             BIGINT NOT NULL CHECK (amount > 0),
    currency           TEXT NOT NULL,
    booked_at          BIGINT NOT NULL,
    business_on        TEXT NOT NULL,
    debit_after        BIGINT,
    debit_previous_id  BIGINT,
    credit_after       BIGINT,
    credit_previous_id BIGINT,
    CONSTRAINT ledger_transfer_cause PRIMARY KEY (cause_id, cause_type, leg),
    CONSTRAINT ledger_transfer_accounts CHECK (debit_id <> credit_id)
);

CREATE UNIQUE INDEX ledger_transfer_id ON ledger_transfer (id);

CREATE TRIGGER ledger_transfer_no_delete BEFORE DELETE ON ledger_transfer
BEGIN
    SELECT RAISE(ABORT, 'ledger_transfer is append-only');
END;

CREATE TRIGGER ledger_transfer_no_update BEFORE UPDATE ON ledger_transfer
BEGIN
    SELECT RAISE(ABORT, 'ledger_transfer is append-only');
END;

CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    topic      TEXT NOT NULL,
    key        TEXT NOT NULL,
    payload    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seq        BIGINT CHECK (seq > 0)
);

CREATE UNIQUE INDEX outbox_seq ON outbox (seq) WHERE seq IS NOT NULL;

CREATE INDEX outbox_unnumbered ON outbox (id) WHERE seq IS NULL;

CREATE TABLE outbox_consumer (
    name       TEXT NOT NULL PRIMARY KEY,
    passed_seq BIGINT NOT NULL CHECK (passed_seq >= 0)
);

CREATE TABLE outbox_inbox (
    consumer TEXT NOT NULL,
    msg_id   BIGINT NOT NULL,
    CONSTRAINT outbox_inbox_once PRIMARY KEY (msg_id, consumer)
);

CREATE TABLE outbox_parked (
    consumer TEXT NOT NULL,
    msg_id   BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    key      TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('waiting', 'dead')),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    next_at  BIGINT NOT NULL,
    fault    TEXT NOT NULL,
    CONSTRAINT outbox_parked_once PRIMARY KEY (consumer, msg_id)
);

CREATE UNIQUE INDEX outbox_parked_line ON outbox_parked (consumer, key, seq);

CREATE TABLE outbox_state (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    last_seq       BIGINT NOT NULL,
    purged_through BIGINT NOT NULL,
    CHECK (purged_through >= 0 AND purged_through <= last_seq)
);

-- The double-entry journal. Column types: money BIGINT minor units beside a
-- TEXT currency, instants BIGINT microseconds UTC (…_at), dates TEXT
-- YYYY-MM-DD (…_on), ids BIGINT, states TEXT with CHECK.

-- +goose Up

-- The one business date that transfers carry; moved by closing, never by a
-- wall clock. Dates up to sealed_through take no more entries and are rolled up.
CREATE TABLE ledger_clock (
    id             BIGINT PRIMARY KEY CHECK (id = 1),
    business_on    TEXT NOT NULL,
    sealed_through TEXT NOT NULL,
    CHECK (sealed_through < business_on)
);

-- owner_id 0: the platform's own account of that kind and currency.
CREATE TABLE ledger_account (
    id        BIGINT PRIMARY KEY,
    kind      TEXT NOT NULL,
    currency  TEXT NOT NULL CHECK (length(currency) = 3),
    owner_id  BIGINT NOT NULL CHECK (owner_id >= 0),
    state     TEXT NOT NULL CHECK (state IN ('open', 'frozen', 'closed')),
    opened_at BIGINT NOT NULL,
    CONSTRAINT ledger_account_owner UNIQUE (owner_id, kind, currency)
);

-- The running balance of every account that belongs to somebody; platform
-- accounts have no row here and are rolled up instead. Made with its account.
-- version is another id at every change, so that a decision taken on a cached
-- balance can be checked: a counter could come to the same value another way.
CREATE TABLE ledger_balance (
    account_id       BIGINT PRIMARY KEY,
    posted           BIGINT NOT NULL,
    held             BIGINT NOT NULL,
    version          BIGINT NOT NULL,
    last_transfer_id BIGINT NOT NULL,
    CONSTRAINT ledger_balance_available CHECK (posted - held >= 0),
    CONSTRAINT ledger_balance_held CHECK (held >= 0)
);

-- One row, one movement, one cause for ever. Append-only. Ids of one batch are
-- consecutive. …_after is the account's posted balance after this transfer and
-- …_previous_id its transfer before this one (NULL for platform accounts and
-- for a first transfer): an account's statement walks that chain by primary
-- look-ups, so no index by account has to be kept.
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

-- Money reserved in a wallet: opened, then posted (in parts or whole), voided
-- or expired. amount never changes; remaining is what is still held.
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
CREATE INDEX ledger_hold_expiry ON ledger_hold (expires_at)
    WHERE state = 'open' AND expires_at IS NOT NULL;

-- One commit's transfers (at most 4,096): ids first_id … first_id+count-1, and
-- the Merkle root (RFC 6962) over them. Append-only.
CREATE TABLE ledger_batch (
    first_id    BIGINT PRIMARY KEY,
    count       BIGINT NOT NULL CHECK (count > 0),
    business_on TEXT NOT NULL,
    booked_at   BIGINT NOT NULL,
    root        BYTEA NOT NULL
);

-- The tamper-evident log: leaf leaf_no is that batch. Numbers have no gap.
CREATE TABLE ledger_leaf (
    leaf_no  BIGINT PRIMARY KEY CHECK (leaf_no >= 0),
    batch_id BIGINT NOT NULL UNIQUE
);

-- The log's inner hashes in the storage order of golang.org/x/mod/sumdb/tlog.
CREATE TABLE ledger_log_hash (
    position BIGINT PRIMARY KEY CHECK (position >= 0),
    hash     BYTEA NOT NULL
);

-- Signed heads of the log.
CREATE TABLE ledger_head (
    tree_size BIGINT PRIMARY KEY CHECK (tree_size > 0),
    signed_at BIGINT NOT NULL,
    note      TEXT NOT NULL
);

-- One row per account and sealed business date on which it moved: the day's
-- turnover and the balance at its end (by the normal side of the account).
CREATE TABLE ledger_rollup (
    account_id       BIGINT NOT NULL,
    business_on      TEXT NOT NULL,
    debits           BIGINT NOT NULL CHECK (debits >= 0),
    credits          BIGINT NOT NULL CHECK (credits >= 0),
    balance          BIGINT NOT NULL,
    last_transfer_id BIGINT NOT NULL,
    CONSTRAINT ledger_rollup_day PRIMARY KEY (account_id, business_on)
);

-- +goose Down
DROP TABLE ledger_rollup;
DROP TABLE ledger_head;
DROP TABLE ledger_log_hash;
DROP TABLE ledger_leaf;
DROP TABLE ledger_batch;
DROP TABLE ledger_hold;
DROP TABLE ledger_transfer;
DROP TABLE ledger_balance;
DROP TABLE ledger_account;
DROP TABLE ledger_clock;

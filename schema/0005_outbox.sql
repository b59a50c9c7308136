-- Leases: at most one holder does the work of that name. epoch grows with every
-- holder; his transactions check it under a shared lock of the row, which a
-- successor must wait for. id is the first 63 bits of SHA-256 over the name.
-- until_at is by the process clock, 0: given back.

-- +goose Up
CREATE TABLE lease (
    id       BIGINT PRIMARY KEY,
    name     TEXT NOT NULL,
    holder   TEXT NOT NULL,
    epoch    BIGINT NOT NULL CHECK (epoch > 0),
    until_at BIGINT NOT NULL
);

-- Events, written in the transaction that causes them and numbered after its
-- commit: seq has no gap and follows the order of commits closely, not that of
-- ids. Events of one key are handled in the order of seq; '' has no order.
-- Deleted by retention, in the order of seq.
CREATE TABLE outbox (
    id         BIGINT PRIMARY KEY,
    topic      TEXT NOT NULL,
    key        TEXT NOT NULL,
    payload    TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seq        BIGINT CHECK (seq > 0)
);
CREATE UNIQUE INDEX outbox_seq ON outbox (seq) WHERE seq IS NOT NULL;
CREATE INDEX outbox_unnumbered ON outbox (id) WHERE seq IS NULL;

-- One row: the last number given, and up to which number events are deleted.
CREATE TABLE outbox_state (
    id             BIGINT PRIMARY KEY CHECK (id = 1),
    last_seq       BIGINT NOT NULL,
    purged_through BIGINT NOT NULL,
    CHECK (purged_through >= 0 AND purged_through <= last_seq)
);
INSERT INTO outbox_state (id, last_seq, purged_through) VALUES (1, 0, 0);

-- Who reads, and how far. Every event up to passed_seq is handled or parked.
CREATE TABLE outbox_consumer (
    name       TEXT NOT NULL PRIMARY KEY,
    passed_seq BIGINT NOT NULL CHECK (passed_seq >= 0)
);

-- What a consumer has handled, written with the effect.
CREATE TABLE outbox_inbox (
    consumer TEXT NOT NULL,
    msg_id   BIGINT NOT NULL,
    CONSTRAINT outbox_inbox_once PRIMARY KEY (msg_id, consumer)
);

-- Events that a consumer passed without handling them: what failed (tried again
-- at next_at, or dead until somebody decides), and what came after it with the
-- same key, which has its turn when nothing of that key is parked before it.
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

-- +goose Down
DROP TABLE outbox_parked;
DROP TABLE outbox_inbox;
DROP TABLE outbox_consumer;
DROP TABLE outbox_state;
DROP TABLE outbox;
DROP TABLE lease;

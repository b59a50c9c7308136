-- Effects of commands by idempotency key, each with the answer it was given.
-- id is the first 63 bits of SHA-256 over principal and key; its index is apart
-- from the rows, which so stay in the order of writing. A row is claimed
-- first (status NULL) and answered in the same transaction, so nobody else ever
-- sees a claim; a refused command leaves no row. body carries ids, never
-- personal data. Deleted after expires_at, 72 hours or more after created_at.

-- +goose Up
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

-- +goose Down
DROP TABLE idem;

-- The register of shares: who owns which part of which loan.
--
-- note holds who owns it now, since the start of since_on; note_holding every
-- owner it has had, one row from the day on which his time began, so that
-- intervals cannot overlap. note_balance is what moves with every repayment, in
-- a narrow row of its own: what is still outstanding, what the note has been paid
-- of each component since it was issued, and what of it the platform kept.
-- Rows of one loan change only under the lock of the loan.

-- +goose Up
CREATE TABLE note (
    id        BIGINT PRIMARY KEY,
    loan_id   BIGINT NOT NULL,
    nr        BIGINT NOT NULL CHECK (nr > 0),
    bid_id    BIGINT NOT NULL,
    holder_id BIGINT NOT NULL,
    wallet_id BIGINT NOT NULL,
    since_on  TEXT NOT NULL,
    currency  TEXT NOT NULL CHECK (length(currency) = 3),
    face      BIGINT NOT NULL CHECK (face > 0),
    issued_on TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    CONSTRAINT note_number UNIQUE (loan_id, nr)
);
CREATE INDEX note_holder ON note (holder_id, id);

CREATE TABLE note_balance (
    note_id     BIGINT PRIMARY KEY,
    state       TEXT NOT NULL CHECK (state IN ('active', 'sold', 'repaid', 'written_off')),
    outstanding BIGINT NOT NULL CHECK (outstanding >= 0),
    principal   BIGINT NOT NULL CHECK (principal >= 0),
    interest    BIGINT NOT NULL CHECK (interest >= 0),
    penalty     BIGINT NOT NULL CHECK (penalty >= 0),
    late_fee    BIGINT NOT NULL CHECK (late_fee >= 0),
    fee         BIGINT NOT NULL CHECK (fee >= 0),
    CONSTRAINT note_balance_open CHECK (state = 'active' OR outstanding = 0)
);

CREATE TABLE note_holding (
    loan_id   BIGINT NOT NULL,
    note_id   BIGINT NOT NULL,
    from_on   TEXT NOT NULL,
    holder_id BIGINT NOT NULL,
    wallet_id BIGINT NOT NULL,
    CONSTRAINT note_holding_day PRIMARY KEY (loan_id, note_id, from_on)
);
APPEND ONLY note_holding;

-- +goose Down
DROP TABLE note_holding;
DROP TABLE note_balance;
DROP TABLE note;

-- Money in and out of the custody bank, what the bank has said of it, and where
-- our books and the bank's disagree. Instants named "by the bank" are of its
-- clock and are compared with each other only.

-- +goose Up

-- One currency at the custody bank. id is the ledger's bank_clients account.
-- Every line of the statement up to cursor_line is applied; the statement is
-- complete for what happened before complete_at (by the bank); balance is the
-- bank's own, after its line balance_line.
CREATE TABLE custody_account (
    id           BIGINT PRIMARY KEY,
    currency     TEXT NOT NULL UNIQUE CHECK (length(currency) = 3),
    minimum      BIGINT NOT NULL CHECK (minimum > 0),
    cursor_line  BIGINT NOT NULL CHECK (cursor_line >= 0),
    complete_at  BIGINT NOT NULL,
    balance      BIGINT NOT NULL,
    balance_line BIGINT NOT NULL CHECK (balance_line >= 0),
    asked_at     BIGINT NOT NULL
);

-- A line of the bank's statement as it was read first. Append-only. digest is a
-- keyed hash over all of the line, so that one that reads otherwise later is
-- noticed, without the payer's data in it.
CREATE TABLE custody_line (
    currency   TEXT NOT NULL,
    line_no    BIGINT NOT NULL CHECK (line_no > 0),
    kind       TEXT NOT NULL CHECK (kind IN ('credit', 'debit', 'return')),
    amount     BIGINT NOT NULL CHECK (amount > 0),
    request_no TEXT NOT NULL,
    booked_at  BIGINT NOT NULL,
    read_at    BIGINT NOT NULL,
    digest     BYTEA NOT NULL,
    CONSTRAINT custody_line_once PRIMARY KEY (currency, line_no)
);
APPEND ONLY custody_line;

-- Money that came in: a line of the statement (line_no), or a payout that came
-- back and could not go home (payout_id). account_id is where it lies; payer is
-- sealed and kept only while somebody may have to look at it.
CREATE TABLE custody_deposit (
    id          BIGINT PRIMARY KEY,
    currency    TEXT NOT NULL CHECK (length(currency) = 3),
    amount      BIGINT NOT NULL CHECK (amount > 0),
    line_no     BIGINT CHECK (line_no > 0),
    payout_id   BIGINT UNIQUE,
    state       TEXT NOT NULL CHECK (state IN ('suspense', 'credited', 'returning', 'returned')),
    customer_id BIGINT,
    doubt       TEXT NOT NULL
        CHECK (doubt IN ('', 'reference', 'payer', 'wallet_frozen')),
    account_id  BIGINT NOT NULL,
    payer       BYTEA,
    booked_at   BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    done_by     TEXT NOT NULL,
    CONSTRAINT custody_deposit_line UNIQUE (currency, line_no),
    CONSTRAINT custody_deposit_origin CHECK ((line_no IS NULL) <> (payout_id IS NULL)),
    CONSTRAINT custody_deposit_owner CHECK (state <> 'credited' OR customer_id IS NOT NULL),
    CONSTRAINT custody_deposit_doubt CHECK (state = 'credited' OR doubt <> '')
);
CREATE INDEX custody_deposit_waiting ON custody_deposit (id) WHERE state <> 'credited';
CREATE INDEX custody_deposit_customer ON custody_deposit (customer_id, id)
    WHERE customer_id IS NOT NULL;

-- Money on its way out. request_no is made from id, once. line_no and
-- return_line_no are the lines of the bank's statement that show it paid and
-- come back. missing_at is by the bank.
CREATE TABLE custody_payout (
    id              BIGINT PRIMARY KEY,
    purpose         TEXT NOT NULL
        CHECK (purpose IN ('withdrawal', 'disbursement', 'refund', 'deposit_return')),
    subject         BIGINT NOT NULL CHECK (subject > 0),
    customer_id     BIGINT,
    bank_account_id BIGINT,
    amount          BIGINT NOT NULL CHECK (amount > 0),
    currency        TEXT NOT NULL CHECK (length(currency) = 3),
    request_no      TEXT NOT NULL UNIQUE,
    state           TEXT NOT NULL CHECK (state IN ('intent', 'sent', 'unknown', 'settled',
        'rejected', 'returned', 'cancelled')),
    reason          TEXT NOT NULL,
    home_id         BIGINT NOT NULL,
    transit_id      BIGINT NOT NULL,
    line_no         BIGINT CHECK (line_no > 0),
    return_line_no  BIGINT CHECK (return_line_no > 0),
    tries           BIGINT NOT NULL CHECK (tries >= 0),
    missing_at      BIGINT,
    created_at      BIGINT NOT NULL,
    sent_at         BIGINT,
    ended_at        BIGINT,
    CONSTRAINT custody_payout_line UNIQUE (currency, line_no),
    CONSTRAINT custody_payout_return_line UNIQUE (currency, return_line_no),
    CONSTRAINT custody_payout_account CHECK (purpose = 'deposit_return'
        OR customer_id IS NOT NULL AND bank_account_id IS NOT NULL),
    CONSTRAINT custody_payout_settled CHECK ((state IN ('settled', 'returned'))
        = (line_no IS NOT NULL)),
    CONSTRAINT custody_payout_returned CHECK ((state = 'returned') = (return_line_no IS NOT NULL))
);
CREATE UNIQUE INDEX custody_payout_subject ON custody_payout (purpose, subject)
    WHERE purpose <> 'deposit_return';
CREATE INDEX custody_payout_return_of ON custody_payout (subject, id)
    WHERE purpose = 'deposit_return';
CREATE INDEX custody_payout_live ON custody_payout (id)
    WHERE ended_at IS NULL;
CREATE INDEX custody_payout_customer ON custody_payout (customer_id, id)
    WHERE customer_id IS NOT NULL;

-- A disagreement with the bank. subject names what it is about (see BreakKind).
CREATE TABLE custody_break (
    id        BIGINT PRIMARY KEY,
    kind      TEXT NOT NULL CHECK (kind IN ('contradiction', 'amount', 'second_line', 'early',
        'unknown_order', 'line_altered', 'line_missing', 'difference')),
    currency  TEXT NOT NULL CHECK (length(currency) = 3),
    subject   TEXT NOT NULL,
    what      TEXT NOT NULL,
    owner     TEXT NOT NULL CHECK (owner <> ''),
    state     TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    closed_by TEXT NOT NULL,
    note      TEXT NOT NULL,
    CONSTRAINT custody_break_once UNIQUE (kind, currency, subject),
    CONSTRAINT custody_break_closed CHECK ((state = 'closed') = (closed_at IS NOT NULL)
        AND (state = 'closed') = (closed_by <> ''))
);
CREATE INDEX custody_break_open ON custody_break (id) WHERE state = 'open';

-- Times in which no order goes out. Who begins one does not end it.
CREATE TABLE custody_freeze (
    id          BIGINT PRIMARY KEY,
    reason      TEXT NOT NULL,
    maker       TEXT NOT NULL CHECK (maker <> ''),
    frozen_at   BIGINT NOT NULL,
    checker     TEXT CHECK (checker <> ''),
    released_at BIGINT,
    CONSTRAINT custody_freeze_four_eyes CHECK (checker IS NULL OR checker <> maker),
    CONSTRAINT custody_freeze_released CHECK ((checker IS NULL) = (released_at IS NULL))
);

-- One row: the newest freeze that stands. Whoever sends an order shares it.
CREATE TABLE custody_gate (
    id        BIGINT PRIMARY KEY CHECK (id = 1),
    freeze_id BIGINT
);
INSERT INTO custody_gate (id, freeze_id) VALUES (1, NULL);

-- Client money against the bank: books + in_transit + difference = bank.
-- Append-only.
CREATE TABLE custody_position (
    id           BIGINT PRIMARY KEY,
    currency     TEXT NOT NULL CHECK (length(currency) = 3),
    business_on  TEXT NOT NULL,
    books        BIGINT NOT NULL,
    in_transit   BIGINT NOT NULL,
    bank         BIGINT NOT NULL,
    bank_line    BIGINT NOT NULL,
    difference   BIGINT NOT NULL,
    asked_at     BIGINT NOT NULL,
    recorded_at  BIGINT NOT NULL,
    CONSTRAINT custody_position_sum CHECK (books + in_transit + difference = bank)
);
APPEND ONLY custody_position;
CREATE INDEX custody_position_newest ON custody_position (currency, id);

-- +goose Down
DROP TABLE custody_position;
DROP TABLE custody_gate;
DROP TABLE custody_freeze;
DROP TABLE custody_break;
DROP TABLE custody_payout;
DROP TABLE custody_deposit;
DROP TABLE custody_line;
DROP TABLE custody_account;

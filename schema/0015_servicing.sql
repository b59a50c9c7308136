-- Loans from disbursement to the last cent. What has happened to a loan is
-- servicing_event and nothing else: every other table follows from it (package
-- loan replays it) and says what was booked for it, and when.
--
-- servicing_loan carries what is needed to find and list loans as they stood at
-- the end of as_of_on. Dates are '' until there is one.

-- +goose Up
CREATE TABLE servicing_loan (
    id              BIGINT PRIMARY KEY,
    listing_id      BIGINT NOT NULL,
    borrower_id     BIGINT NOT NULL,
    wallet_id       BIGINT NOT NULL,
    collection_id   BIGINT NOT NULL,
    product         TEXT NOT NULL,
    product_version BIGINT NOT NULL,
    currency        TEXT NOT NULL CHECK (length(currency) = 3),
    principal       BIGINT NOT NULL CHECK (principal > 0),
    fee             BIGINT NOT NULL CHECK (fee >= 0 AND fee < principal),
    rate            BIGINT NOT NULL,
    method          TEXT NOT NULL,
    instalments     BIGINT NOT NULL CHECK (instalments > 0),
    auto_collect    BOOLEAN NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('signing', 'disbursing', 'cancelled', 'active',
                        'late', 'default', 'charged_off', 'repaid')),
    start_on        TEXT NOT NULL,
    as_of_on        TEXT NOT NULL,
    outstanding     BIGINT NOT NULL CHECK (outstanding >= 0 AND outstanding <= principal),
    arrears         BIGINT NOT NULL CHECK (arrears >= 0),
    held            BIGINT NOT NULL CHECK (held >= 0),
    earned          BIGINT NOT NULL CHECK (earned >= 0),
    next_due_on     TEXT NOT NULL,
    days_past_due   BIGINT NOT NULL CHECK (days_past_due >= 0),
    versions        BIGINT NOT NULL CHECK (versions >= 0),
    notes           BIGINT NOT NULL CHECK (notes >= 0),
    restructured_on TEXT NOT NULL,
    opened_at       BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    CONSTRAINT servicing_loan_listing UNIQUE (listing_id)
);
CREATE INDEX servicing_loan_borrower ON servicing_loan (borrower_id, id);
CREATE INDEX servicing_loan_state ON servicing_loan (state, id);
CREATE INDEX servicing_loan_due ON servicing_loan (next_due_on, id) WHERE next_due_on <> '';

-- Every plan that was ever booked. terms is JSON and '' but for the contract's
-- own, version 1; instalments is JSON: [nr, due on, principal, interest, balance].
-- cause_id is the event that changed the plan.
CREATE TABLE servicing_schedule (
    loan_id     BIGINT NOT NULL,
    version     BIGINT NOT NULL CHECK (version > 0),
    from_on     TEXT NOT NULL,
    cause_id    BIGINT NOT NULL,
    terms       TEXT NOT NULL,
    instalments TEXT NOT NULL,
    booked_at   BIGINT NOT NULL,
    CONSTRAINT servicing_schedule_version PRIMARY KEY (loan_id, version)
);
APPEND ONLY servicing_schedule;

-- The facts, as package loan knows them. terms is JSON and '' but for a
-- restructuring. why is the maker's own words.
CREATE TABLE servicing_event (
    loan_id     BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    value_on    TEXT NOT NULL,
    amount      BIGINT NOT NULL CHECK (amount >= 0),
    of_id       BIGINT NOT NULL,
    rest        TEXT NOT NULL,
    part        BIGINT NOT NULL,
    instalment  BIGINT NOT NULL,
    cost        BIGINT NOT NULL CHECK (cost >= 0),
    until_on    TEXT NOT NULL,
    terms       TEXT NOT NULL,
    business_on TEXT NOT NULL,
    maker       TEXT NOT NULL,
    why         TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    CONSTRAINT servicing_event_id PRIMARY KEY (loan_id, id)
);
APPEND ONLY servicing_event;

-- A payment is the event of its id. cost is what a collector kept: it never
-- came in. amount - cost = what it paid + unallocated + refunded; a payment
-- that was returned has none of the three.
CREATE TABLE servicing_payment (
    id          BIGINT PRIMARY KEY,
    loan_id     BIGINT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('paid', 'recovered')),
    source      TEXT NOT NULL CHECK (source IN ('wallet', 'auto')),
    reference   TEXT NOT NULL,
    amount      BIGINT NOT NULL CHECK (amount > 0),
    cost        BIGINT NOT NULL CHECK (cost >= 0 AND cost <= amount),
    currency    TEXT NOT NULL,
    value_on    TEXT NOT NULL,
    business_on TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('received', 'returned')),
    unallocated BIGINT NOT NULL CHECK (unallocated >= 0),
    refunded    BIGINT NOT NULL CHECK (refunded >= 0),
    rest        TEXT NOT NULL CHECK (rest IN ('', 'refund', 'hold')),
    maker       TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    CONSTRAINT servicing_payment_sum CHECK (unallocated + refunded <= amount),
    CONSTRAINT servicing_payment_rest CHECK ((rest = '') = (unallocated = 0))
);
CREATE INDEX servicing_payment_loan ON servicing_payment (loan_id, id);
CREATE INDEX servicing_payment_refund ON servicing_payment (id) WHERE rest = 'refund';
CREATE UNIQUE INDEX servicing_payment_reference ON servicing_payment (reference)
    WHERE reference <> '';

-- What payments have paid, in the order in which it was booked. A booking that
-- changes history takes rows back by mirror rows, minor below zero, and books
-- them anew. counts_on is the day from which the piece counts.
CREATE TABLE servicing_allocation (
    loan_id    BIGINT NOT NULL,
    booking_id BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    payment_id BIGINT NOT NULL,
    counts_on  TEXT NOT NULL,
    instalment BIGINT NOT NULL CHECK (instalment > 0),
    component  TEXT NOT NULL CHECK (component IN (
                   'cost', 'late_fee', 'penalty', 'interest', 'principal')),
    minor      BIGINT NOT NULL CHECK (minor <> 0),
    recovery   BOOLEAN NOT NULL,
    CONSTRAINT servicing_allocation_place PRIMARY KEY (loan_id, booking_id, seq)
);
APPEND ONLY servicing_allocation;

-- Where the money of one booking goes, fixed at once: lenders, platform and
-- borrower are sums of its legs, below zero for what is taken back; returned goes
-- back where a bounced payment came from. The collection account of a loan is
-- Σ unallocated + Σ (total - posted) over its distributions.
CREATE TABLE servicing_distribution (
    id           BIGINT PRIMARY KEY,
    loan_id      BIGINT NOT NULL,
    event_id     BIGINT NOT NULL,
    returned_id  BIGINT NOT NULL,
    record_on    TEXT NOT NULL,
    currency     TEXT NOT NULL,
    lenders      BIGINT NOT NULL,
    platform     BIGINT NOT NULL,
    borrower     BIGINT NOT NULL,
    returned     BIGINT NOT NULL CHECK (returned >= 0),
    legs         BIGINT NOT NULL CHECK (legs > 0),
    platform_leg BIGINT NOT NULL,
    borrower_leg BIGINT NOT NULL,
    hash         BYTEA NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('running', 'held', 'done')),
    next_leg     BIGINT NOT NULL CHECK (next_leg >= 0 AND next_leg <= legs),
    posted       BIGINT NOT NULL,
    held_legs    BIGINT NOT NULL CHECK (held_legs >= 0),
    started_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    CONSTRAINT servicing_distribution_running CHECK ((state = 'running') = (next_leg < legs)),
    CONSTRAINT servicing_distribution_done CHECK ((state = 'done')
        = (next_leg = legs AND held_legs = 0)),
    CONSTRAINT servicing_distribution_posted CHECK (state <> 'done'
        OR posted = lenders + platform + borrower + returned)
);
CREATE INDEX servicing_distribution_loan ON servicing_distribution (loan_id, id);
CREATE INDEX servicing_distribution_open ON servicing_distribution (loan_id) WHERE state <> 'done';

-- A note's part of a distribution. The rows of one leg are one wallet transfer;
-- amount = principal + interest + penalty + late_fee - fee.
CREATE TABLE servicing_share (
    distribution_id BIGINT NOT NULL,
    leg             BIGINT NOT NULL,
    note_id         BIGINT NOT NULL,
    holder_id       BIGINT NOT NULL,
    wallet_id       BIGINT NOT NULL,
    principal       BIGINT NOT NULL,
    interest        BIGINT NOT NULL,
    penalty         BIGINT NOT NULL,
    late_fee        BIGINT NOT NULL,
    fee             BIGINT NOT NULL,
    amount          BIGINT NOT NULL,
    CONSTRAINT servicing_share_place PRIMARY KEY (distribution_id, leg, note_id),
    CONSTRAINT servicing_share_sum CHECK (
        amount = principal + interest + penalty + late_fee - fee)
);
APPEND ONLY servicing_share;

-- Legs that could not be posted: the account is frozen or closed. They wait
-- alone; the others of their distribution go on.
CREATE TABLE servicing_held (
    distribution_id BIGINT NOT NULL,
    leg             BIGINT NOT NULL,
    loan_id         BIGINT NOT NULL,
    customer_id     BIGINT NOT NULL,
    account_id      BIGINT NOT NULL,
    amount          BIGINT NOT NULL CHECK (amount > 0),
    why             TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('held', 'posted')),
    held_at         BIGINT NOT NULL,
    tried_at        BIGINT NOT NULL,
    CONSTRAINT servicing_held_leg PRIMARY KEY (distribution_id, leg)
);
CREATE INDEX servicing_held_open ON servicing_held (tried_at) WHERE state = 'held';

-- What a customer was paid, has spent and owes back. Settlements are facts.
CREATE TABLE servicing_claim (
    id              BIGINT PRIMARY KEY,
    distribution_id BIGINT NOT NULL,
    leg             BIGINT NOT NULL,
    loan_id         BIGINT NOT NULL,
    customer_id     BIGINT NOT NULL,
    wallet_id       BIGINT NOT NULL,
    receivable_id   BIGINT NOT NULL,
    currency        TEXT NOT NULL,
    amount          BIGINT NOT NULL CHECK (amount > 0),
    settled         BIGINT NOT NULL CHECK (settled >= 0 AND settled <= amount),
    state           TEXT NOT NULL CHECK (state IN ('open', 'settled', 'written_off')),
    opened_at       BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    CONSTRAINT servicing_claim_leg UNIQUE (distribution_id, leg),
    CONSTRAINT servicing_claim_settled CHECK (state = 'written_off'
        OR (state = 'settled') = (settled = amount))
);
CREATE INDEX servicing_claim_customer ON servicing_claim (customer_id, id);
CREATE INDEX servicing_claim_open ON servicing_claim (id) WHERE state = 'open';

CREATE TABLE servicing_settlement (
    id         BIGINT PRIMARY KEY,
    claim_id   BIGINT NOT NULL,
    amount     BIGINT NOT NULL CHECK (amount > 0),
    settled_at BIGINT NOT NULL
);
CREATE INDEX servicing_settlement_claim ON servicing_settlement (claim_id, id);
APPEND ONLY servicing_settlement;

-- What needs a second person: a charge-off, a restructuring. detail is JSON.
CREATE TABLE servicing_proposal (
    id          BIGINT PRIMARY KEY,
    loan_id     BIGINT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('charge_off', 'restructuring')),
    state       TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected')),
    detail      TEXT NOT NULL,
    why         TEXT NOT NULL,
    maker       TEXT NOT NULL,
    checker     TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    decided_at  BIGINT NOT NULL,
    CONSTRAINT servicing_proposal_four_eyes CHECK (checker <> maker),
    CONSTRAINT servicing_proposal_checked CHECK ((state = 'proposed') = (checker = ''))
);
CREATE UNIQUE INDEX servicing_proposal_open ON servicing_proposal (loan_id, kind)
    WHERE state = 'proposed';

-- +goose Down
DROP TABLE servicing_proposal;
DROP TABLE servicing_settlement;
DROP TABLE servicing_claim;
DROP TABLE servicing_held;
DROP TABLE servicing_share;
DROP TABLE servicing_distribution;
DROP TABLE servicing_allocation;
DROP TABLE servicing_payment;
DROP TABLE servicing_event;
DROP TABLE servicing_schedule;
DROP TABLE servicing_loan;

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

CREATE TABLE market_bid (
    id         INTEGER PRIMARY KEY,
    listing_id BIGINT NOT NULL,
    lender_id  BIGINT NOT NULL,
    wallet_id  BIGINT NOT NULL,
    amount     BIGINT NOT NULL CHECK (amount > 0),
    allotted   BIGINT NOT NULL CHECK (allotted >= 0 AND allotted <= amount),
    currency   TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('held', 'allotted', 'released', 'cancelled')),
    placed_at  BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CONSTRAINT market_bid_share CHECK (allotted = 0 OR state IN ('allotted', 'released'))
);

CREATE INDEX market_bid_lender ON market_bid (lender_id, listing_id, id);

CREATE INDEX market_bid_listing ON market_bid (listing_id, id);

CREATE TABLE market_listing (
    id              INTEGER PRIMARY KEY,
    offer_id        BIGINT NOT NULL,
    borrower_id     BIGINT NOT NULL,
    product         TEXT NOT NULL,
    product_version BIGINT NOT NULL,
    grade           TEXT NOT NULL,
    purpose         TEXT NOT NULL,
    title           TEXT NOT NULL,
    description     TEXT NOT NULL,
    currency        TEXT NOT NULL CHECK (length(currency) = 3),
    principal       BIGINT NOT NULL CHECK (principal > 0),
    rate            BIGINT NOT NULL,
    method          TEXT NOT NULL,
    instalments     BIGINT NOT NULL CHECK (instalments > 0),
    apr             BIGINT NOT NULL,
    min_bid         BIGINT NOT NULL CHECK (min_bid > 0),
    bid_step        BIGINT NOT NULL CHECK (bid_step > 0),
    max_bid         BIGINT NOT NULL CHECK (max_bid > 0),
    max_share       BIGINT NOT NULL CHECK (max_share > 0),
    min_funded      BIGINT NOT NULL CHECK (min_funded > 0 AND min_funded <= principal),
    open_days       BIGINT NOT NULL CHECK (open_days >= 0),
    cancel_minutes  BIGINT NOT NULL CHECK (cancel_minutes >= 0),
    policy          TEXT NOT NULL CHECK (policy IN ('time_priority', 'pro_rata')),
    state           TEXT NOT NULL CHECK (state IN ('draft', 'in_review', 'returned', 'refused',
                        'scheduled', 'open', 'funded', 'in_final_review', 'allotted', 'closed',
                        'failed', 'cancelled')),
    why             TEXT NOT NULL,
    opens_at        BIGINT NOT NULL,
    closes_on       TEXT NOT NULL,
    decide_by_on    TEXT NOT NULL,
    funded          BIGINT NOT NULL CHECK (funded >= 0),
    allotted        BIGINT NOT NULL CHECK (allotted >= 0 AND allotted <= principal),
    bids            BIGINT NOT NULL CHECK (bids >= 0),
    maker           TEXT NOT NULL,
    checker         TEXT NOT NULL,
    funding_maker   TEXT NOT NULL,
    funding_checker TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    CONSTRAINT market_listing_offer UNIQUE (offer_id),
    CONSTRAINT market_listing_sum CHECK (allotted <= funded
        AND (policy = 'pro_rata' OR funded <= principal)),
    CONSTRAINT market_listing_four_eyes CHECK ((checker = '' OR checker <> maker)
        AND (funding_checker = ''
            OR (funding_checker <> funding_maker AND funding_checker <> maker))),
    CONSTRAINT market_listing_end CHECK (state NOT IN ('open', 'funded', 'in_final_review')
        OR closes_on <> '')
);

CREATE INDEX market_listing_borrower ON market_listing (borrower_id, id);

CREATE INDEX market_listing_state ON market_listing (state, id);

CREATE TABLE market_review (
    id          INTEGER PRIMARY KEY,
    listing_id  BIGINT NOT NULL,
    subject     TEXT NOT NULL CHECK (subject IN ('publication', 'funding')),
    decision    TEXT NOT NULL CHECK (decision IN ('publish', 'return', 'refuse', 'approve')),
    maker       TEXT NOT NULL,
    checker     TEXT NOT NULL,
    why         TEXT NOT NULL,
    reviewed_at BIGINT NOT NULL,
    CONSTRAINT market_review_four_eyes CHECK (maker <> checker AND maker <> '' AND checker <> '')
);

CREATE INDEX market_review_listing ON market_review (listing_id, id);

CREATE TRIGGER market_review_no_delete BEFORE DELETE ON market_review
BEGIN
    SELECT RAISE(ABORT, 'market_review is append-only');
END;

CREATE TRIGGER market_review_no_update BEFORE UPDATE ON market_review
BEGIN
    SELECT RAISE(ABORT, 'market_review is append-only');
END;

CREATE TABLE origination_application (
    id              INTEGER PRIMARY KEY,
    borrower_id     BIGINT NOT NULL,
    product         TEXT NOT NULL,
    product_version BIGINT NOT NULL,
    principal       BIGINT NOT NULL CHECK (principal > 0),
    currency        TEXT NOT NULL CHECK (length(currency) = 3),
    purpose         TEXT NOT NULL,
    method          TEXT NOT NULL,
    instalments     BIGINT NOT NULL CHECK (instalments > 0),
    facts           TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'referred', 'approved',
                        'declined', 'withdrawn', 'accepted', 'lapsed')),
    grade           TEXT NOT NULL,
    reasons         TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    FOREIGN KEY (product, product_version) REFERENCES origination_product (code, version)
);

CREATE INDEX origination_application_borrower ON origination_application (borrower_id, id);

CREATE INDEX origination_application_queue ON origination_application (state, id)
    WHERE state IN ('submitted', 'referred', 'approved');

CREATE TABLE origination_borrower (
    id INTEGER PRIMARY KEY
);

CREATE TABLE origination_decision (
    id              INTEGER PRIMARY KEY,
    application_id  BIGINT NOT NULL,
    nr              BIGINT NOT NULL CHECK (nr > 0),
    decided_by      TEXT NOT NULL CHECK (decided_by IN ('rules', 'person')),
    decider         TEXT NOT NULL CHECK (decider <> ''),
    result          TEXT NOT NULL CHECK (result IN ('approve', 'refer', 'decline')),
    grade           TEXT NOT NULL,
    reasons         TEXT NOT NULL,
    note            TEXT NOT NULL,
    inputs          TEXT NOT NULL,
    product         TEXT NOT NULL,
    product_version BIGINT NOT NULL,
    rule_set        BIGINT NOT NULL CHECK (rule_set > 0),
    decided_at      BIGINT NOT NULL,
    CONSTRAINT origination_decision_nr UNIQUE (application_id, nr),
    CONSTRAINT origination_decision_order CHECK (
        (decided_by = 'rules' AND nr = 1) OR (decided_by = 'person' AND nr > 1)),
    CHECK (result <> 'approve' OR grade <> ''),
    CHECK (decided_by = 'rules' OR result <> 'refer'),
    FOREIGN KEY (application_id) REFERENCES origination_application (id)
);

CREATE TRIGGER origination_decision_no_delete BEFORE DELETE ON origination_decision
BEGIN
    SELECT RAISE(ABORT, 'origination_decision is append-only');
END;

CREATE TRIGGER origination_decision_no_update BEFORE UPDATE ON origination_decision
BEGIN
    SELECT RAISE(ABORT, 'origination_decision is append-only');
END;

CREATE TABLE origination_exposure (
    offer_id           INTEGER PRIMARY KEY,
    borrower_id        BIGINT NOT NULL,
    product            TEXT NOT NULL,
    currency           TEXT NOT NULL CHECK (length(currency) = 3),
    principal          BIGINT NOT NULL CHECK (principal > 0),
    outstanding        BIGINT NOT NULL CHECK (outstanding >= 0 AND outstanding <= principal),
    state              TEXT NOT NULL CHECK (state IN ('funding', 'active', 'late', 'default',
                           'charged_off', 'repaid', 'cancelled')),
    most_days_past_due BIGINT NOT NULL CHECK (most_days_past_due >= 0),
    defaulted          BOOLEAN NOT NULL,
    changed_at         BIGINT NOT NULL,
    CHECK (state <> 'cancelled' OR outstanding = 0),
    FOREIGN KEY (offer_id) REFERENCES origination_offer (id)
);

CREATE INDEX origination_exposure_borrower ON origination_exposure (borrower_id);

CREATE INDEX origination_exposure_product ON origination_exposure (product)
    WHERE outstanding > 0;

CREATE TABLE origination_offer (
    id              INTEGER PRIMARY KEY,
    application_id  BIGINT NOT NULL,
    borrower_id     BIGINT NOT NULL,
    product         TEXT NOT NULL,
    product_version BIGINT NOT NULL,
    grade           TEXT NOT NULL,
    purpose         TEXT NOT NULL,
    principal       BIGINT NOT NULL CHECK (principal > 0),
    currency        TEXT NOT NULL CHECK (length(currency) = 3),
    rate            BIGINT NOT NULL CHECK (rate >= 0),
    method          TEXT NOT NULL,
    instalments     BIGINT NOT NULL CHECK (instalments > 0),
    fee             BIGINT NOT NULL CHECK (fee >= 0 AND fee < principal),
    apr             BIGINT NOT NULL,
    total_payable   BIGINT NOT NULL CHECK (total_payable >= principal),
    start_on        TEXT NOT NULL,
    expires_on      TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (
                        state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')),
    maker           TEXT NOT NULL CHECK (maker <> ''),
    created_at      BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    FOREIGN KEY (application_id) REFERENCES origination_application (id)
);

CREATE INDEX origination_offer_application ON origination_offer (application_id, id);

CREATE INDEX origination_offer_borrower ON origination_offer (borrower_id, id);

CREATE INDEX origination_offer_due ON origination_offer (expires_on, id) WHERE state = 'open';

CREATE UNIQUE INDEX origination_offer_live ON origination_offer (application_id)
    WHERE state IN ('open', 'accepted');

CREATE TABLE origination_product (
    code         TEXT NOT NULL,
    version      BIGINT NOT NULL CHECK (version > 0),
    effective_on TEXT NOT NULL,
    currency     TEXT NOT NULL CHECK (length(currency) = 3),
    body         TEXT NOT NULL,
    hash         TEXT NOT NULL CHECK (length(hash) = 64),
    maker        TEXT NOT NULL CHECK (maker <> ''),
    proposed_at  BIGINT NOT NULL,
    PRIMARY KEY (code, version),
    UNIQUE (code, version, maker)
);

CREATE TRIGGER origination_product_no_delete BEFORE DELETE ON origination_product
BEGIN
    SELECT RAISE(ABORT, 'origination_product is append-only');
END;

CREATE TRIGGER origination_product_no_update BEFORE UPDATE ON origination_product
BEGIN
    SELECT RAISE(ABORT, 'origination_product is append-only');
END;

CREATE TABLE origination_product_verdict (
    code       TEXT NOT NULL,
    version    BIGINT NOT NULL,
    verdict    TEXT NOT NULL CHECK (verdict IN ('approved', 'rejected')),
    maker      TEXT NOT NULL,
    checker    TEXT NOT NULL CHECK (checker <> ''),
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (code, version),
    FOREIGN KEY (code, version, maker) REFERENCES origination_product (code, version, maker),
    CONSTRAINT origination_product_four_eyes CHECK (lower(checker) <> lower(maker))
);

CREATE TRIGGER origination_product_verdict_no_delete BEFORE DELETE ON origination_product_verdict
BEGIN
    SELECT RAISE(ABORT, 'origination_product_verdict is append-only');
END;

CREATE TRIGGER origination_product_verdict_no_update BEFORE UPDATE ON origination_product_verdict
BEGIN
    SELECT RAISE(ABORT, 'origination_product_verdict is append-only');
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

CREATE TABLE saga (
    id         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,
    subject    BIGINT NOT NULL,
    data       TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (
        state IN ('running', 'waiting', 'undoing', 'stuck', 'done', 'undone')),
    step       TEXT NOT NULL,
    pieces     BIGINT NOT NULL CHECK (pieces >= 0),
    attempts   BIGINT NOT NULL CHECK (attempts >= 0),
    why        TEXT NOT NULL,
    undo_why   TEXT NOT NULL,
    since_at   BIGINT NOT NULL,
    next_at    BIGINT,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT,
    epoch      BIGINT NOT NULL CHECK (epoch >= 0),
    turn       BIGINT NOT NULL CHECK (turn >= 0),
    wakes      BIGINT NOT NULL,
    heard      BIGINT NOT NULL CHECK (heard >= 0 AND heard <= wakes),
    until_at   BIGINT NOT NULL,
    CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'undone'))),
    CHECK (ended_at IS NULL OR next_at IS NULL),
    CHECK (state = 'stuck' OR (undo_why <> '') = (state IN ('undoing', 'undone')))
);

CREATE INDEX saga_due ON saga (kind, next_at) WHERE next_at IS NOT NULL;

CREATE INDEX saga_live ON saga (id) WHERE ended_at IS NULL;

CREATE UNIQUE INDEX saga_subject ON saga (kind, subject);

CREATE INDEX saga_woken ON saga (kind) WHERE wakes > heard AND ended_at IS NULL;

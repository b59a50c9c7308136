-- The schema after all migrations, as SQLite holds it. Written by a test
-- (go test ./schema -update); read it, do not edit it.

CREATE TABLE closing_failure (
    business_on TEXT NOT NULL,
    step        TEXT NOT NULL,
    item_id     BIGINT NOT NULL,
    why         TEXT NOT NULL,
    failed_at   BIGINT NOT NULL,
    CONSTRAINT closing_failure_once PRIMARY KEY (business_on, step, item_id)
);

CREATE TRIGGER closing_failure_no_delete BEFORE DELETE ON closing_failure
BEGIN
    SELECT RAISE(ABORT, 'closing_failure is append-only');
END;

CREATE TRIGGER closing_failure_no_update BEFORE UPDATE ON closing_failure
BEGIN
    SELECT RAISE(ABORT, 'closing_failure is append-only');
END;

CREATE TABLE closing_run (
    business_on TEXT NOT NULL PRIMARY KEY,
    state       TEXT NOT NULL CHECK (state IN ('running', 'done')),
    maker       TEXT NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT,
    CHECK ((finished_at IS NOT NULL) = (state = 'done'))
);

CREATE TABLE closing_step (
    business_on TEXT NOT NULL,
    name        TEXT NOT NULL,
    nr          BIGINT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('running', 'done')),
    pieces      BIGINT NOT NULL CHECK (pieces >= 0),
    looked      BIGINT NOT NULL CHECK (looked >= 0),
    changed     BIGINT NOT NULL CHECK (changed >= 0),
    failed      BIGINT NOT NULL CHECK (failed >= 0),
    did         TEXT NOT NULL,
    after_on    TEXT NOT NULL,
    after_id    BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT,
    CONSTRAINT closing_step_once PRIMARY KEY (business_on, name),
    CHECK ((finished_at IS NOT NULL) = (state = 'done')),
    CHECK (changed + failed <= looked)
);

CREATE TABLE custody_account (
    id           INTEGER PRIMARY KEY,
    currency     TEXT NOT NULL UNIQUE CHECK (length(currency) = 3),
    minimum      BIGINT NOT NULL CHECK (minimum > 0),
    cursor_line  BIGINT NOT NULL CHECK (cursor_line >= 0),
    complete_at  BIGINT NOT NULL,
    balance      BIGINT NOT NULL,
    balance_line BIGINT NOT NULL CHECK (balance_line >= 0),
    asked_at     BIGINT NOT NULL
);

CREATE TABLE custody_break (
    id        INTEGER PRIMARY KEY,
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

CREATE TABLE custody_deposit (
    id          INTEGER PRIMARY KEY,
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

CREATE INDEX custody_deposit_customer ON custody_deposit (customer_id, id)
    WHERE customer_id IS NOT NULL;

CREATE INDEX custody_deposit_waiting ON custody_deposit (id) WHERE state <> 'credited';

CREATE TABLE custody_freeze (
    id          INTEGER PRIMARY KEY,
    reason      TEXT NOT NULL,
    maker       TEXT NOT NULL CHECK (maker <> ''),
    frozen_at   BIGINT NOT NULL,
    checker     TEXT CHECK (checker <> ''),
    released_at BIGINT,
    CONSTRAINT custody_freeze_four_eyes CHECK (checker IS NULL OR checker <> maker),
    CONSTRAINT custody_freeze_released CHECK ((checker IS NULL) = (released_at IS NULL))
);

CREATE TABLE custody_gate (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    freeze_id BIGINT
);

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

CREATE TRIGGER custody_line_no_delete BEFORE DELETE ON custody_line
BEGIN
    SELECT RAISE(ABORT, 'custody_line is append-only');
END;

CREATE TRIGGER custody_line_no_update BEFORE UPDATE ON custody_line
BEGIN
    SELECT RAISE(ABORT, 'custody_line is append-only');
END;

CREATE TABLE custody_payout (
    id              INTEGER PRIMARY KEY,
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

CREATE INDEX custody_payout_customer ON custody_payout (customer_id, id)
    WHERE customer_id IS NOT NULL;

CREATE INDEX custody_payout_live ON custody_payout (id)
    WHERE ended_at IS NULL;

CREATE INDEX custody_payout_return_of ON custody_payout (subject, id)
    WHERE purpose = 'deposit_return';

CREATE UNIQUE INDEX custody_payout_subject ON custody_payout (purpose, subject)
    WHERE purpose <> 'deposit_return';

CREATE TABLE custody_position (
    id           INTEGER PRIMARY KEY,
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

CREATE INDEX custody_position_newest ON custody_position (currency, id);

CREATE TRIGGER custody_position_no_delete BEFORE DELETE ON custody_position
BEGIN
    SELECT RAISE(ABORT, 'custody_position is append-only');
END;

CREATE TRIGGER custody_position_no_update BEFORE UPDATE ON custody_position
BEGIN
    SELECT RAISE(ABORT, 'custody_position is append-only');
END;

CREATE TABLE customer (
    id            INTEGER PRIMARY KEY,
    kind          TEXT NOT NULL CHECK (kind IN ('person', 'company')),
    status        TEXT NOT NULL CHECK (status IN ('new', 'verified', 'frozen')),
    borrower      BOOLEAN NOT NULL,
    lender        BOOLEAN NOT NULL,
    country       TEXT NOT NULL CHECK (length(country) = 2),
    registered_at BIGINT NOT NULL,
    verified_at   BIGINT,
    borrow_terms  BIGINT NOT NULL CHECK (borrow_terms >= 0),
    lend_terms    BIGINT NOT NULL CHECK (lend_terms >= 0),
    CONSTRAINT customer_verified CHECK (status <> 'verified' OR verified_at IS NOT NULL),
    CONSTRAINT customer_new CHECK (status <> 'new' OR verified_at IS NULL)
);

CREATE TABLE customer_acceptance (
    customer_id BIGINT NOT NULL,
    terms_id    BIGINT NOT NULL,
    sha256      BYTEA NOT NULL CHECK (length(sha256) = 32),
    channel     TEXT NOT NULL,
    address     BYTEA,
    actor       TEXT NOT NULL,
    accepted_at BIGINT NOT NULL,
    CONSTRAINT customer_acceptance_once PRIMARY KEY (customer_id, terms_id)
);

CREATE TRIGGER customer_acceptance_no_delete BEFORE DELETE ON customer_acceptance
BEGIN
    SELECT RAISE(ABORT, 'customer_acceptance is append-only');
END;

CREATE TRIGGER customer_acceptance_no_update BEFORE UPDATE ON customer_acceptance
BEGIN
    SELECT RAISE(ABORT, 'customer_acceptance is append-only');
END;

CREATE TABLE customer_access (
    id          INTEGER PRIMARY KEY,
    customer_id BIGINT NOT NULL,
    actor       TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    shown_at    BIGINT NOT NULL
);

CREATE INDEX customer_access_of ON customer_access (customer_id, id);

CREATE TRIGGER customer_access_no_delete BEFORE DELETE ON customer_access
BEGIN
    SELECT RAISE(ABORT, 'customer_access is append-only');
END;

CREATE TRIGGER customer_access_no_update BEFORE UPDATE ON customer_access
BEGIN
    SELECT RAISE(ABORT, 'customer_access is append-only');
END;

CREATE TABLE customer_bank_account (
    id          INTEGER PRIMARY KEY,
    customer_id BIGINT NOT NULL,
    currency    TEXT NOT NULL,
    country     TEXT NOT NULL CHECK (length(country) = 2),
    state       TEXT NOT NULL CHECK (state IN ('new', 'verified', 'removed')),
    account     BYTEA NOT NULL,
    holder      BYTEA NOT NULL,
    maker       TEXT NOT NULL,
    checker     TEXT,
    added_at    BIGINT NOT NULL,
    verified_at BIGINT,
    usable_at   BIGINT,
    removed_at  BIGINT,
    CONSTRAINT customer_bank_account_four_eyes CHECK (checker IS NULL OR checker <> maker),
    CONSTRAINT customer_bank_account_verified CHECK (state <> 'verified'
        OR (verified_at IS NOT NULL AND usable_at >= verified_at AND checker IS NOT NULL)),
    CONSTRAINT customer_bank_account_removed CHECK ((state = 'removed') = (removed_at IS NOT NULL))
);

CREATE INDEX customer_bank_account_of ON customer_bank_account (customer_id, id);

CREATE UNIQUE INDEX customer_bank_account_one ON customer_bank_account (customer_id, currency)
    WHERE state <> 'removed';

CREATE TABLE customer_check (
    id           INTEGER PRIMARY KEY,
    customer_id  BIGINT NOT NULL,
    state        TEXT NOT NULL
        CHECK (state IN ('pending', 'referred', 'verified', 'refused')),
    document     BYTEA NOT NULL,
    provider     TEXT NOT NULL,
    reasons      TEXT NOT NULL,
    maker        TEXT NOT NULL,
    checker      TEXT,
    submitted_at BIGINT NOT NULL,
    found_at     BIGINT,
    decided_at   BIGINT,
    CONSTRAINT customer_check_four_eyes CHECK (checker IS NULL OR checker <> maker),
    CONSTRAINT customer_check_found CHECK (state = 'pending' OR found_at IS NOT NULL),
    CONSTRAINT customer_check_decided CHECK ((checker IS NULL) = (decided_at IS NULL))
);

CREATE INDEX customer_check_of ON customer_check (customer_id, id);

CREATE UNIQUE INDEX customer_check_open ON customer_check (customer_id)
    WHERE state = 'pending' OR state = 'referred';

CREATE INDEX customer_check_pending ON customer_check (id) WHERE state = 'pending';

CREATE TABLE customer_identity (
    customer_id       INTEGER PRIMARY KEY,
    name              BYTEA NOT NULL,
    birth_on          BYTEA NOT NULL,
    national_id       BYTEA NOT NULL,
    phone             BYTEA NOT NULL,
    email             BYTEA NOT NULL,
    address           BYTEA NOT NULL,
    national_id_index BYTEA NOT NULL CONSTRAINT customer_once UNIQUE,
    phone_index       BYTEA NOT NULL,
    email_index       BYTEA NOT NULL
);

CREATE INDEX customer_identity_email ON customer_identity (email_index);

CREATE INDEX customer_identity_phone ON customer_identity (phone_index);

CREATE TABLE customer_status_change (
    id          INTEGER PRIMARY KEY,
    customer_id BIGINT NOT NULL,
    from_status TEXT NOT NULL CHECK (from_status IN ('new', 'verified', 'frozen')),
    to_status   TEXT NOT NULL CHECK (to_status IN ('new', 'verified', 'frozen')),
    reason      TEXT NOT NULL,
    maker       TEXT NOT NULL,
    changed_at  BIGINT NOT NULL,
    CHECK (from_status <> to_status)
);

CREATE INDEX customer_status_change_of ON customer_status_change (customer_id, id);

CREATE TRIGGER customer_status_change_no_delete BEFORE DELETE ON customer_status_change
BEGIN
    SELECT RAISE(ABORT, 'customer_status_change is append-only');
END;

CREATE TRIGGER customer_status_change_no_update BEFORE UPDATE ON customer_status_change
BEGIN
    SELECT RAISE(ABORT, 'customer_status_change is append-only');
END;

CREATE TABLE customer_terms (
    id           INTEGER PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('borrow', 'lend', 'privacy')),
    version      BIGINT NOT NULL CHECK (version > 0),
    language     TEXT NOT NULL,
    body         BYTEA NOT NULL,
    sha256       BYTEA NOT NULL CHECK (length(sha256) = 32),
    published_on TEXT NOT NULL,
    maker        TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    CONSTRAINT customer_terms_version UNIQUE (kind, version, language)
);

CREATE TRIGGER customer_terms_no_delete BEFORE DELETE ON customer_terms
BEGIN
    SELECT RAISE(ABORT, 'customer_terms is append-only');
END;

CREATE TRIGGER customer_terms_no_update BEFORE UPDATE ON customer_terms
BEGIN
    SELECT RAISE(ABORT, 'customer_terms is append-only');
END;

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
    submitter       TEXT NOT NULL,
    releaser        TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    CONSTRAINT market_listing_offer UNIQUE (offer_id),
    CONSTRAINT market_listing_sum CHECK (allotted <= funded
        AND (policy = 'pro_rata' OR funded <= principal)),
    CONSTRAINT market_listing_four_eyes CHECK ((checker = '' OR checker <> maker)
        AND (releaser = '' OR (releaser <> submitter AND releaser <> maker))),
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

CREATE TABLE note (
    id        INTEGER PRIMARY KEY,
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
    note_id     INTEGER PRIMARY KEY,
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

CREATE TRIGGER note_holding_no_delete BEFORE DELETE ON note_holding
BEGIN
    SELECT RAISE(ABORT, 'note_holding is append-only');
END;

CREATE TRIGGER note_holding_no_update BEFORE UPDATE ON note_holding
BEGIN
    SELECT RAISE(ABORT, 'note_holding is append-only');
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
    changed_at      BIGINT NOT NULL
);

CREATE INDEX origination_application_borrower ON origination_application (borrower_id, id);

CREATE INDEX origination_application_queue ON origination_application (state, id)
    WHERE state = 'submitted' OR state = 'referred' OR state = 'approved';

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
    CHECK (decided_by = 'rules' OR result <> 'refer')
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
    listing_id         BIGINT,
    changed_at         BIGINT NOT NULL,
    CHECK (state <> 'cancelled' OR outstanding = 0)
);

CREATE INDEX origination_exposure_borrower ON origination_exposure (borrower_id);

CREATE UNIQUE INDEX origination_exposure_listing ON origination_exposure (listing_id)
    WHERE listing_id IS NOT NULL;

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
    changed_at      BIGINT NOT NULL
);

CREATE INDEX origination_offer_application ON origination_offer (application_id, id);

CREATE INDEX origination_offer_borrower ON origination_offer (borrower_id, id);

CREATE INDEX origination_offer_due ON origination_offer (expires_on, id) WHERE state = 'open';

CREATE UNIQUE INDEX origination_offer_live ON origination_offer (application_id)
    WHERE state = 'open' OR state = 'accepted';

CREATE TABLE origination_product (
    code         TEXT NOT NULL,
    version      BIGINT NOT NULL CHECK (version > 0),
    effective_on TEXT NOT NULL,
    currency     TEXT NOT NULL CHECK (length(currency) = 3),
    body         TEXT NOT NULL,
    hash         TEXT NOT NULL CHECK (length(hash) = 64),
    maker        TEXT NOT NULL CHECK (maker <> ''),
    proposed_at  BIGINT NOT NULL,
    PRIMARY KEY (code, version)
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

CREATE TRIGGER servicing_allocation_no_delete BEFORE DELETE ON servicing_allocation
BEGIN
    SELECT RAISE(ABORT, 'servicing_allocation is append-only');
END;

CREATE TRIGGER servicing_allocation_no_update BEFORE UPDATE ON servicing_allocation
BEGIN
    SELECT RAISE(ABORT, 'servicing_allocation is append-only');
END;

CREATE TABLE servicing_claim (
    id              INTEGER PRIMARY KEY,
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

CREATE TABLE servicing_distribution (
    id           INTEGER PRIMARY KEY,
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

CREATE TRIGGER servicing_event_no_delete BEFORE DELETE ON servicing_event
BEGIN
    SELECT RAISE(ABORT, 'servicing_event is append-only');
END;

CREATE TRIGGER servicing_event_no_update BEFORE UPDATE ON servicing_event
BEGIN
    SELECT RAISE(ABORT, 'servicing_event is append-only');
END;

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

CREATE TABLE servicing_loan (
    id              INTEGER PRIMARY KEY,
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

CREATE INDEX servicing_loan_due ON servicing_loan (next_due_on, id) WHERE next_due_on <> '';

CREATE INDEX servicing_loan_state ON servicing_loan (state, id);

CREATE TABLE servicing_payment (
    id          INTEGER PRIMARY KEY,
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

CREATE UNIQUE INDEX servicing_payment_reference ON servicing_payment (reference)
    WHERE reference <> '';

CREATE INDEX servicing_payment_refund ON servicing_payment (id) WHERE rest = 'refund';

CREATE TABLE servicing_proposal (
    id          INTEGER PRIMARY KEY,
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

CREATE TRIGGER servicing_schedule_no_delete BEFORE DELETE ON servicing_schedule
BEGIN
    SELECT RAISE(ABORT, 'servicing_schedule is append-only');
END;

CREATE TRIGGER servicing_schedule_no_update BEFORE UPDATE ON servicing_schedule
BEGIN
    SELECT RAISE(ABORT, 'servicing_schedule is append-only');
END;

CREATE TABLE servicing_settlement (
    id         INTEGER PRIMARY KEY,
    claim_id   BIGINT NOT NULL,
    amount     BIGINT NOT NULL CHECK (amount > 0),
    settled_at BIGINT NOT NULL
);

CREATE INDEX servicing_settlement_claim ON servicing_settlement (claim_id, id);

CREATE TRIGGER servicing_settlement_no_delete BEFORE DELETE ON servicing_settlement
BEGIN
    SELECT RAISE(ABORT, 'servicing_settlement is append-only');
END;

CREATE TRIGGER servicing_settlement_no_update BEFORE UPDATE ON servicing_settlement
BEGIN
    SELECT RAISE(ABORT, 'servicing_settlement is append-only');
END;

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

CREATE TRIGGER servicing_share_no_delete BEFORE DELETE ON servicing_share
BEGIN
    SELECT RAISE(ABORT, 'servicing_share is append-only');
END;

CREATE TRIGGER servicing_share_no_update BEFORE UPDATE ON servicing_share
BEGIN
    SELECT RAISE(ABORT, 'servicing_share is append-only');
END;

-- From a wish to borrow to an accepted offer.
--
-- origination_product: one version of a product's settings, body in canonical
-- JSON with its SHA-256. origination_product_verdict: whether a second person
-- approved it. Both are facts: a version without a verdict is proposed.
--
-- origination_borrower: a row to lock while a borrower's applications and debts
-- are counted.
--
-- origination_application: facts is JSON without anything that says who he is;
-- grade and reasons (JSON) are those of the last decision, '' and '[]' before.
-- origination_decision: every decision with all that it was made from, for ever.
--
-- origination_offer: an application has at most one that is open or accepted.
--
-- origination_exposure: what an accepted offer has become, as the rooms further
-- down tell; most_days_past_due is the worst that it ever was. listing_id is by which
-- loans name it, NULL until the market has told.

-- +goose Up
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
APPEND ONLY origination_product;

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
APPEND ONLY origination_product_verdict;

CREATE TABLE origination_borrower (
    id BIGINT PRIMARY KEY
);

CREATE TABLE origination_application (
    id              BIGINT PRIMARY KEY,
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

CREATE TABLE origination_decision (
    id              BIGINT PRIMARY KEY,
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
APPEND ONLY origination_decision;

CREATE TABLE origination_offer (
    id              BIGINT PRIMARY KEY,
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
CREATE UNIQUE INDEX origination_offer_live ON origination_offer (application_id)
    WHERE state = 'open' OR state = 'accepted';
CREATE INDEX origination_offer_application ON origination_offer (application_id, id);
CREATE INDEX origination_offer_borrower ON origination_offer (borrower_id, id);
CREATE INDEX origination_offer_due ON origination_offer (expires_on, id) WHERE state = 'open';

CREATE TABLE origination_exposure (
    offer_id           BIGINT PRIMARY KEY,
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

-- +goose Down
DROP TABLE origination_exposure;
DROP TABLE origination_offer;
DROP TABLE origination_decision;
DROP TABLE origination_application;
DROP TABLE origination_borrower;
DROP TABLE origination_product_verdict;
DROP TABLE origination_product;

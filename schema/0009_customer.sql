-- Customers: who lends and borrows. What decisions are taken on stands in plain
-- text; what says who somebody is stands in customer_identity, sealed column by
-- column under a key of his own that no database of ours holds (the vault,
-- internal/crypt). borrow_terms and lend_terms are the newest versions of the
-- terms he has accepted, 0: none. A row stays for ever.

-- +goose Up
CREATE TABLE customer (
    id            BIGINT PRIMARY KEY,
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

-- Who he is, sealed. The …_index columns are blind: equal values have equal
-- indexes, and only the vault can make one. One national id is one customer.
CREATE TABLE customer_identity (
    customer_id       BIGINT PRIMARY KEY,
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
CREATE INDEX customer_identity_phone ON customer_identity (phone_index);
CREATE INDEX customer_identity_email ON customer_identity (email_index);

-- Every change of a customer's status, for ever. reason is for staff and names
-- no personal data.
CREATE TABLE customer_status_change (
    id          BIGINT PRIMARY KEY,
    customer_id BIGINT NOT NULL,
    from_status TEXT NOT NULL CHECK (from_status IN ('new', 'verified', 'frozen')),
    to_status   TEXT NOT NULL CHECK (to_status IN ('new', 'verified', 'frozen')),
    reason      TEXT NOT NULL,
    maker       TEXT NOT NULL,
    changed_at  BIGINT NOT NULL,
    CHECK (from_status <> to_status)
);
APPEND ONLY customer_status_change;
CREATE INDEX customer_status_change_of ON customer_status_change (customer_id, id);

-- A document and what the check of it said. document is sealed. One check of a
-- customer is open at a time. Whoever handed the document in does not decide.
CREATE TABLE customer_check (
    id           BIGINT PRIMARY KEY,
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

-- Where a customer's money may be paid out to. account and holder are sealed. In
-- one currency a customer has one that is not removed; it may be used from
-- usable_at on.
CREATE TABLE customer_bank_account (
    id          BIGINT PRIMARY KEY,
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

-- The exact bytes of every version of the terms that was ever published.
CREATE TABLE customer_terms (
    id           BIGINT PRIMARY KEY,
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
APPEND ONLY customer_terms;

-- Who accepted which of them, when and how. address is the sealed network
-- address he came from, NULL when there was none.
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
APPEND ONLY customer_acceptance;

-- Every time somebody was shown personal data in plain text.
CREATE TABLE customer_access (
    id          BIGINT PRIMARY KEY,
    customer_id BIGINT NOT NULL,
    actor       TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    shown_at    BIGINT NOT NULL
);
APPEND ONLY customer_access;
CREATE INDEX customer_access_of ON customer_access (customer_id, id);

-- +goose Down
DROP TABLE customer_access;
DROP TABLE customer_acceptance;
DROP TABLE customer_terms;
DROP TABLE customer_bank_account;
DROP TABLE customer_check;
DROP TABLE customer_status_change;
DROP TABLE customer_identity;
DROP TABLE customer;

-- The primary market: loans offered to lenders, and what the lenders bid.
--
-- market_listing holds the terms as they were offered and the few sums that a
-- bid is decided on. Rates, shares: parts per billion. funded is the sum of its
-- bids that hold money or have become shares; allotted is the part of it that
-- lies in escrow. Dates are '' and people '' until there is one.
--
-- market_bid: amount is what was held, allotted what became a share (less under
-- pro rata). The two indexes after the key are its two ways in: the bids of a
-- listing in their order, and what one lender has in one listing.
--
-- market_review is append-only: who decided on whose work, and why.

-- +goose Up
CREATE TABLE market_listing (
    id              BIGINT PRIMARY KEY,
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
CREATE INDEX market_listing_state ON market_listing (state, id);
CREATE INDEX market_listing_borrower ON market_listing (borrower_id, id);

CREATE TABLE market_bid (
    id         BIGINT PRIMARY KEY,
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
CREATE INDEX market_bid_listing ON market_bid (listing_id, id);
CREATE INDEX market_bid_lender ON market_bid (lender_id, listing_id, id);

CREATE TABLE market_review (
    id          BIGINT PRIMARY KEY,
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
APPEND ONLY market_review;

-- +goose Down
DROP TABLE market_review;
DROP TABLE market_bid;
DROP TABLE market_listing;

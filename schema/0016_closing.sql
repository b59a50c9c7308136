-- The closing of a business date: one row for the date, one for each of its
-- steps. A piece of a step is kept together with its counts and with the place
-- (after_on, after_id) at which the next piece begins, so a closing that was
-- killed goes on there. did is JSON, '' for nothing.

-- +goose Up
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

-- What a step could not do: the closing of the next date tries again.
CREATE TABLE closing_failure (
    business_on TEXT NOT NULL,
    step        TEXT NOT NULL,
    item_id     BIGINT NOT NULL,
    why         TEXT NOT NULL,
    failed_at   BIGINT NOT NULL,
    CONSTRAINT closing_failure_once PRIMARY KEY (business_on, step, item_id)
);
APPEND ONLY closing_failure;

-- +goose Down
DROP TABLE closing_failure;
DROP TABLE closing_step;
DROP TABLE closing_run;

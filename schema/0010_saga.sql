-- Long-running processes: one row each, which never goes, because a kind and a
-- subject have one saga for ever.
--
-- A worker claims a row for as long as until_at says (process clock; 0: nobody
-- has it) under an epoch that grows with every claim; every commit of progress
-- names the epoch and the turn it goes on from. next_at is when the saga runs by
-- itself, NULL: only when woken. wakes counts wake-ups, heard those that had come
-- when the last run began: while they differ the saga is due.

-- +goose Up
CREATE TABLE saga (
    id         BIGINT PRIMARY KEY,
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
CREATE UNIQUE INDEX saga_subject ON saga (kind, subject);
CREATE INDEX saga_due ON saga (kind, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX saga_woken ON saga (kind) WHERE wakes > heard AND ended_at IS NULL;
CREATE INDEX saga_live ON saga (id) WHERE ended_at IS NULL;

-- +goose Down
DROP TABLE saga;

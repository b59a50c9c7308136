package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"openlend/internal/clock"
)

// liteJob is a closure that waits for the writer.
type liteJob struct {
	*job
	ctx  context.Context
	tx   *Tx
	err  error
	done chan struct{}
}

const (
	groupMax = 512                  // closures in one commit, half of them pieces of long jobs
	bulkTime = 5 * time.Millisecond // a group spends on pieces of long jobs
	attempts = 8                    // runs of a closure that wants to run again
)

func (s *liteStore) write(ctx context.Context, j *job) error {
	if s.out == nil {
		return ErrReadOnly
	}
	lj := &liteJob{job: j, ctx: ctx, done: make(chan struct{})}
	queue := s.queue
	if j.bulk {
		queue = s.bulk
	}
	select {
	case queue <- lj:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stop:
		return ErrUnavailable.With("the database is closing")
	}
	select {
	case <-lj.done: // also when ctx ends: a running closure has a fate to report
	case <-s.stopped:
		select {
		case <-lj.done:
		default:
			return ErrUnavailable.With("the database is closing")
		}
	}
	return lj.err
}

// write1 is the one writer: it takes what waits, commits it together, answers.
func (s *liteStore) write1() {
	defer close(s.stopped)
	for {
		var first *liteJob
		select {
		case first = <-s.queue:
		case first = <-s.bulk:
		case <-s.stop:
			return
		}
		s.commitGroup(first)
	}
}

// commitGroup commits what waits, each closure in its own savepoint; a closure
// that is alone needs none (a savepoint copies every page that is changed).
func (s *liteStore) commitGroup(first *liteJob) {
	ctx := context.Background()
	watch := clock.Start()
	next := s.following(watch, 1)
	if next == nil {
		s.commitAlone(ctx, first)
		return
	}
	if err := s.begin(ctx); err != nil {
		s.answer([]*liteJob{first, next}, err)
		return
	}
	s.runInGroup(ctx, first)
	group := []*liteJob{first}
	for ; next != nil; next = s.following(watch, len(group)) {
		if s.out.dead == nil {
			s.runInGroup(ctx, next)
		}
		group = append(group, next)
	}
	s.answer(group, s.commit(ctx))
}

// commitAlone runs one closure in a transaction of its own.
func (s *liteStore) commitAlone(ctx context.Context, j *liteJob) {
	defer close(j.done)
	for nr := 0; nr < attempts; nr++ {
		if j.err = j.ctx.Err(); j.err != nil {
			return // gave up while waiting: nothing ran
		}
		if j.err = s.begin(ctx); j.err != nil {
			return
		}
		j.tx, j.err = j.attempt(context.WithoutCancel(j.ctx), s.out, nr)
		if j.err == nil || s.out.dead != nil {
			j.err = s.commit(ctx)
			j.tx.finished(j.err == nil)
			return
		}
		j.tx.finished(false)
		if err := s.out.run(ctx, "ROLLBACK"); err != nil {
			s.out.dead = err
		}
		if !wantsAgain(j.err) {
			return
		}
	}
}

// following is the next closure for a group of so many: an interactive one if
// one waits, else a piece of a long job. It is nil when the group is to end.
func (s *liteStore) following(watch clock.Stopwatch, size int) *liteJob {
	if next := s.interactive(size); next != nil {
		return next
	}
	return s.piece(watch, size)
}

// interactive returns the next closure that waits, nil when none does or the
// group has ended.
func (s *liteStore) interactive(size int) *liteJob {
	if size >= groupMax || s.out.dead != nil {
		return nil
	}
	select {
	case next := <-s.queue:
		return next
	default:
		return nil
	}
}

// piece returns the next piece of a long job while the group has room for it.
func (s *liteStore) piece(watch clock.Stopwatch, size int) *liteJob {
	if size >= groupMax/2 || watch.Elapsed() > bulkTime || s.out.dead != nil {
		return nil
	}
	select {
	case next := <-s.bulk:
		return next
	default:
		return nil
	}
}

func (s *liteStore) begin(ctx context.Context) error {
	if s.broken != nil {
		return s.broken
	}
	s.out.dead = nil
	return sorted(s.out.run(ctx, "BEGIN IMMEDIATE"))
}

// runInGroup runs one closure inside its own savepoint. When the session died
// on the way the whole group is lost, which commit then tells everybody.
func (s *liteStore) runInGroup(ctx context.Context, j *liteJob) {
	if j.err = j.ctx.Err(); j.err != nil {
		return // gave up while waiting: nothing ran
	}
	for nr := 0; nr < attempts; nr++ {
		if j.err = sorted(s.out.run(ctx, "SAVEPOINT closure")); j.err != nil {
			return
		}
		j.tx, j.err = j.attempt(context.WithoutCancel(j.ctx), s.out, nr)
		if s.out.dead != nil {
			return
		}
		if j.err == nil {
			j.err = sorted(s.out.run(ctx, "RELEASE closure"))
			return
		}
		j.tx.finished(false)
		j.tx = nil
		for _, text := range []string{"ROLLBACK TO closure", "RELEASE closure"} {
			if err := s.out.run(ctx, text); err != nil {
				s.out.dead = err
				return
			}
		}
		if !wantsAgain(j.err) {
			return
		}
	}
}

// commit ends the group's transaction.
func (s *liteStore) commit(ctx context.Context) error {
	if s.out.dead == nil {
		err := s.out.run(ctx, "COMMIT")
		if err == nil {
			return nil
		}
		return s.commitFailed(ctx, err)
	}
	failed := sorted(s.out.dead)
	_ = s.out.run(ctx, "ROLLBACK") // often gone already
	return failed
}

// commitFailed decides what a failed COMMIT means. After SQLITE_FULL nothing
// was written and the next group may try again; any other failure may have
// reached the disk, so the file is left alone until a restart reads it afresh.
func (s *liteStore) commitFailed(ctx context.Context, err error) error {
	failed := sorted(err)
	_ = s.out.run(ctx, "ROLLBACK")
	if errors.Is(failed, ErrDiskFull) {
		return failed
	}
	s.broken = fmt.Errorf("%w (restart to recover): %w", ErrOutcomeUnknown, failed)
	return s.broken
}

func (s *liteStore) answer(group []*liteJob, commit error) {
	for _, j := range group {
		if j.tx != nil { // it ran and was to be committed
			if commit != nil {
				j.err = commit
			}
			j.tx.finished(commit == nil)
		} else if j.err == nil {
			j.err = commit
		}
		close(j.done)
	}
}

package db

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"openlend/internal/clock"
)

// liteJob is a closure that waits for the writer.
type liteJob struct {
	*job
	ctx   context.Context
	taken atomic.Bool // by the writer, or by a caller who waits no longer
	kept  *Tx         // of the run that is to be committed
	err   error
	done  chan struct{} // closed when err is the answer
}

// take says whether nobody has taken the closure before.
func (j *liteJob) take() bool { return j.taken.CompareAndSwap(false, true) }

const (
	groupMax  = 512                  // closures in one commit
	pieceMax  = groupMax / 2         // pieces of long jobs among them
	pieceTime = 5 * time.Millisecond // that a group spends on pieces
)

// write hands the closure to the writer and waits for its answer. A caller
// whose ctx ends takes his closure back, unless it runs already: then its fate
// is worth the wait.
func (s *liteStore) write(ctx context.Context, j *job) error {
	if s.out == nil {
		return ErrReadOnly
	}
	queue := s.queue
	if j.bulk {
		queue = s.pieces
	}
	lj := &liteJob{job: j, ctx: ctx, done: make(chan struct{})}
	select {
	case queue <- lj:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stop:
		return errClosed
	}
	select {
	case <-lj.done:
		return lj.err
	case <-ctx.Done():
		if lj.take() {
			return ctx.Err()
		}
	case <-s.stopped:
	}
	return s.fate(lj)
}

// fate waits for a closure that the writer has taken, or will never take.
func (s *liteStore) fate(j *liteJob) error {
	select {
	case <-j.done:
		return j.err
	case <-s.stopped:
	}
	select {
	case <-j.done:
		return j.err
	default:
		return errClosed
	}
}

// work is the one writer: it takes what waits, commits it together, answers. A
// closure that is alone needs no savepoint (which copies every page that is
// changed).
func (s *liteStore) work() {
	defer close(s.stopped)
	for j := s.first(); j != nil; j = s.first() {
		if !j.take() {
			continue // its caller waits no longer
		}
		if g := (&group{jobs: []*liteJob{j}}); s.gather(g) {
			s.commitGroup(g)
		} else {
			s.commitAlone(j)
		}
	}
}

// first waits for a closure, nil when the database closes.
func (s *liteStore) first() *liteJob {
	select {
	case <-s.stop:
		return nil
	default:
	}
	select {
	case j := <-s.queue:
		return j
	default:
	}
	select {
	case j := <-s.queue:
		return j
	case j := <-s.pieces:
		return j
	case <-s.stop:
		return nil
	}
}

// group is what goes into one commit.
type group struct {
	jobs   []*liteJob
	pieces int
	spent  time.Duration // on pieces
}

// gather adds one closure that waits and says whether there was one.
func (s *liteStore) gather(g *group) bool {
	for {
		j := s.next(g)
		if j == nil {
			return false
		}
		if j.take() {
			g.jobs = append(g.jobs, j)
			return true
		}
	}
}

// next is the closure that runs next in this group, nil when the group is
// complete: interactive ones first, then pieces of long jobs while the group
// has room for them. Interactive ones leave one place, so that a flood of them
// cannot starve a long job.
func (s *liteStore) next(g *group) *liteJob {
	if s.out.dead != nil {
		return nil
	}
	if len(g.jobs) < groupMax-1 {
		select {
		case j := <-s.queue:
			return j
		default:
		}
	}
	if g.pieces < pieceMax && g.spent < pieceTime && len(g.jobs) < groupMax {
		select {
		case j := <-s.pieces:
			return j
		default:
		}
	}
	return nil
}

// commitGroup commits closures together, each inside its own savepoint.
func (s *liteStore) commitGroup(g *group) {
	failed := s.begin()
	for i := 0; i < len(g.jobs) || s.gather(g); i++ {
		j := g.jobs[i]
		if j.err = j.ctx.Err(); j.err != nil || failed != nil || s.out.dead != nil {
			continue // without BEGIN nobody who waits now would fare better
		}
		if !j.bulk {
			s.runInGroup(j)
			continue
		}
		watch := clock.Start()
		s.runInGroup(j)
		g.pieces++
		g.spent += watch.Elapsed()
	}
	if failed == nil {
		failed = s.commit()
	}
	s.answer(g, failed)
}

// runInGroup runs one closure inside its own savepoint. When the session died
// on the way the whole group is lost, which commit then tells everybody.
func (s *liteStore) runInGroup(j *liteJob) {
	for nr := range attempts {
		if s.step("SAVEPOINT closure"); s.out.dead != nil {
			return
		}
		var tx *Tx
		tx, j.err = j.attempt(context.WithoutCancel(j.ctx), s.out, nr)
		if j.err == nil {
			j.kept = tx
			s.step("RELEASE closure")
			return
		}
		tx.finished(false)
		s.step("ROLLBACK TO closure")
		s.step("RELEASE closure")
		if s.out.dead != nil || !wantsAgain(j.err) {
			return
		}
	}
	j.err = exhausted(j.err)
}

// answer tells every caller. When the commit failed, a closure that was refused
// is told so too: it may have been refused for what others of the group had
// written, and that never happened.
func (s *liteStore) answer(g *group, failed error) {
	for _, j := range g.jobs {
		if failed != nil && !isPanic(j.err) {
			j.err = failed
		}
		if j.kept != nil {
			j.kept.finished(failed == nil)
		}
		close(j.done)
	}
}

// commitAlone runs one closure in a transaction of its own.
func (s *liteStore) commitAlone(j *liteJob) {
	defer close(j.done)
	if j.err = j.ctx.Err(); j.err != nil {
		return
	}
	for nr := range attempts {
		if j.err = s.begin(); j.err != nil {
			return
		}
		var tx *Tx
		if tx, j.err = j.attempt(context.WithoutCancel(j.ctx), s.out, nr); j.err == nil {
			j.err = s.commit()
		} else {
			s.rollback()
		}
		tx.finished(j.err == nil)
		if !wantsAgain(j.err) {
			return
		}
	}
	j.err = exhausted(j.err)
}

func (s *liteStore) begin() error {
	if s.broken != nil {
		return s.broken
	}
	err := sorted(s.out.run(context.Background(), "BEGIN IMMEDIATE"))
	s.out.dead = nil // nothing has run yet
	return err
}

// step is transaction control that cannot fail while the transaction lives.
func (s *liteStore) step(text string) {
	if s.out.dead != nil {
		return
	}
	if err := s.out.run(context.Background(), text); err != nil {
		s.out.dead = err
	}
}

// commit ends the transaction. After SQLITE_FULL nothing was written and the
// next one may try again; any other failure of COMMIT may have reached the
// disk, so the file is left alone until a restart reads it afresh.
func (s *liteStore) commit() error {
	if died := s.out.dead; died != nil {
		s.rollback()
		return sorted(died)
	}
	err := sorted(s.out.run(context.Background(), "COMMIT"))
	if err == nil {
		return nil
	}
	s.rollback()
	if errors.Is(err, ErrDiskFull) {
		return err
	}
	s.broken = ErrUnavailable.With("a commit failed, restart to recover: %v", err)
	return ErrOutcomeUnknown.With("%v", err)
}

// rollback gives the transaction up. SQLite has often done so by itself after
// an error, and then says that there is none.
func (s *liteStore) rollback() { _ = s.out.run(context.Background(), "ROLLBACK") }

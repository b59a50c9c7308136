package batch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"openlend/internal/batch"
	"openlend/internal/db"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder doubles every command and remembers the groups.
type recorder struct {
	mu     sync.Mutex
	groups [][]int
	bad    func(group []int) error
}

func (r *recorder) run(_ context.Context, commands []int) ([]int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.groups = append(r.groups, slices.Clone(commands))
	if r.bad != nil {
		if err := r.bad(commands); err != nil {
			return nil, err
		}
	}
	results := make([]int, len(commands))
	for i, c := range commands {
		results[i] = 2 * c
	}
	return results, nil
}

func TestEveryCallerGetsHisOwnAnswer(t *testing.T) {
	for _, inFlight := range []int{1, 2, 5} {
		r := &recorder{}
		g := batch.New(64, inFlight, r.run)
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				if got, err := g.Do(t.Context(), i); err != nil || got != 2*i {
					t.Errorf("%d: got %d, %v", i, got, err)
				}
			})
		}
		wg.Wait()
		g.Close()
		for _, group := range r.groups {
			if len(group) > 64 {
				t.Errorf("a group of %d, at most 64 were asked for", len(group))
			}
		}
	}
}

func TestWhatWaitsIsOneGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		release := make(chan struct{})
		r.bad = func(group []int) error {
			if group[0] == -1 {
				<-release
			}
			return nil
		}
		g := batch.New(1000, 1, r.run)
		go func() { _, _ = g.Do(t.Context(), -1) }()
		synctest.Wait() // the first group is running
		for i := range 100 {
			go func() { _, _ = g.DoMany(t.Context(), []int{10 * i, 10*i + 1}) }()
		}
		synctest.Wait() // and a hundred calls wait
		close(release)
		g.Close()
		if len(r.groups) != 2 || len(r.groups[1]) != 200 {
			t.Fatalf("%d groups", len(r.groups))
		}
		for i := 0; i < 200; i += 2 { // calls stay together and in order
			if second := r.groups[1]; second[i]+1 != second[i+1] {
				t.Fatalf("a call was torn apart: %v", second)
			}
		}
	})
}

func TestTheGuiltyFailsAlone(t *testing.T) {
	guilty := errors.New("guilty")
	r := &recorder{bad: func(group []int) error {
		if slices.Contains(group, 13) {
			return guilty
		}
		return nil
	}}
	g := batch.New(1000, 1, r.run)
	defer g.Close()
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			_, err := g.Do(t.Context(), i)
			if (i == 13) != errors.Is(err, guilty) {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

func TestAnUnknownOutcomeIsNeverSplit(t *testing.T) {
	for _, everybodys := range []error{db.ErrOutcomeUnknown, db.ErrUnavailable, db.ErrDiskFull} {
		synctest.Test(t, func(t *testing.T) {
			r := &recorder{bad: func([]int) error { return fmt.Errorf("x: %w", everybodys) }}
			g := batch.New(1000, 1, r.run)
			failed := 0
			var mu sync.Mutex
			for i := range 50 {
				go func() {
					_, err := g.Do(t.Context(), i)
					mu.Lock()
					defer mu.Unlock()
					if errors.Is(err, everybodys) {
						failed++
					}
				}()
			}
			synctest.Wait()
			g.Close()
			seen := 0
			for _, group := range r.groups {
				seen += len(group)
			}
			if failed != 50 || seen != 50 {
				t.Errorf("%v: %d callers told, %d commands run", everybodys, failed, seen)
			}
		})
	}
}

func TestCancelStopsOnlyTheWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		r := &recorder{bad: func([]int) error { <-release; return nil }}
		g := batch.New(10, 1, r.run)
		ctx, cancel := context.WithCancel(t.Context())
		told := make(chan error, 1)
		go func() {
			_, err := g.Do(ctx, 7)
			told <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-told; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		close(release)
		g.Close()
		if len(r.groups) != 1 {
			t.Error("the command did not run")
		}
		if _, err := g.Do(t.Context(), 1); !errors.Is(err, batch.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
}

package saga

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/fault/faulttest"
	"openlend/internal/id"
	"openlend/internal/testdb"
	"openlend/schema"
)

// What the process that is killed is told.
const (
	childURL = "OPENLEND_SAGA_TEST_URL"
	childRun = "OPENLEND_SAGA_TEST_RUN"
	childOut = "OPENLEND_SAGA_TEST_OUTSIDE"
)

// journeys are a saga that is done and one that is undone, with every kind of
// step. The outside is a file that calls append to.
func journeys(ids *id.Source, outside string) []Definition {
	do := func(what string, n Next) func(context.Context, *db.Tx, *Saga) (Next, error) {
		return func(ctx context.Context, tx *db.Tx, s *Saga) (Next, error) {
			return n, effect(ctx, tx, ids, s.Subject, s.Kind+" "+what)
		}
	}
	pieces := func(ctx context.Context, tx *db.Tx, s *Saga) (Next, error) {
		n := More()
		if s.Pieces == 2 {
			n = Done()
		}
		return n, effect(ctx, tx, ids, s.Subject, fmt.Sprint(s.Kind, " piece ", s.Pieces))
	}
	call := func(_ context.Context, s *Saga) (Next, error) {
		file, err := os.OpenFile(outside, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return Next{}, err
		}
		_, err = fmt.Fprintln(file, s.Kind, s.Subject)
		return Done(), joinErr(err, file.Close())
	}
	steps := []Step{
		{Name: "hold", Do: do("hold", Done()), Undo: do("release", Done())},
		{Name: "pieces", Do: pieces, Undo: do("gather", Done())},
		{Name: "call", Call: call},
	}
	return []Definition{
		{"there", append(slices.Clone(steps), Step{Name: "finish", Do: do("finish", Done())})},
		{"back", append(slices.Clone(steps), Step{Name: "finish", Do: do("refuse", Undo("no"))})},
	}
}

func joinErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// beChild starts the sagas of a run and drives what is due.
func beChild(url string) error {
	ctx := context.Background()
	subject, err := strconv.ParseInt(os.Getenv(childRun), 10, 64)
	if err != nil {
		return err
	}
	d, err := schema.Open(ctx, db.Options{URL: url})
	if err != nil {
		return err
	}
	ids, err := id.Open(ctx, d, clock.System{})
	if err != nil {
		return err
	}
	_, err = db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (ID, error) {
		if _, err := Start(ctx, tx, ids, "there", subject, ""); err != nil {
			return 0, err
		}
		return Start(ctx, tx, ids, "back", subject, "")
	})
	if err != nil {
		return err
	}
	wall := clock.NewManual(clock.System{}.Now()) // its claims last, however slow the machine
	e := Engine{DB: d, Wall: wall, Workers: 1, Definitions: journeys(ids, os.Getenv(childOut))}
	_, err = e.RunDue(ctx)
	return joinErr(err, joinErr(ids.Close(ctx), d.Close()))
}

// A process killed before or after any commit or call is gone on from by
// another: each step counts once, nothing is done that was not, and the outside
// was asked, perhaps twice.
func TestKilledAtEveryPoint(t *testing.T) {
	t.Parallel()
	testdb.EachURL(t, func(t *testing.T, url string) {
		outside := filepath.Join(t.TempDir(), "outside")
		command := func(run int) *exec.Cmd {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(),
				childURL+"="+url, childRun+"="+strconv.Itoa(run), childOut+"="+outside)
			return cmd
		}
		resumed := 0
		points := faulttest.EachPoint(t, command, func(run int, point string) {
			resumed += resume(t, url, outside, int64(run), point)
		})
		if len(points) < 20 || resumed < len(points) {
			t.Errorf("%d runs of steps after crashes at %v", resumed, points)
		}
	})
}

// resume goes on after a crash, with clocks at which the dead process's claims
// have ended, and checks what came of it all.
func resume(t *testing.T, url, outside string, subject int64, point string) int {
	t.Helper()
	late := clock.NewManual(clock.System{}.Now().Add(time.Minute))
	d, err := schema.Open(t.Context(), db.Options{URL: url, Clock: late})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	ids, err := id.Open(t.Context(), d, late)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := ids.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	e := Engine{DB: d, Wall: late, Definitions: journeys(ids, outside)}
	runs, err := e.RunDue(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", point, err)
	}
	got, err := effects(t.Context(), d, subject)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	want := []string{
		"back gather", "back hold", "back piece 0", "back piece 1", "back piece 2", "back refuse",
		"back release",
		"there finish", "there hold", "there piece 0", "there piece 1", "there piece 2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("killed at %s: effects %v, want %v", point, got, want)
	}
	text, err := os.ReadFile(outside)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"there", "back"} {
		line := fmt.Sprintf("%s %d\n", kind, subject)
		if n := strings.Count("\n"+string(text), "\n"+line); n < 1 || n > 2 {
			t.Errorf("killed at %s: the outside was asked %d times for %s", point, n, line)
		}
	}
	return runs
}

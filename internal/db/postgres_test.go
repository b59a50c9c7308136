package db_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"openlend/internal/db"
	"openlend/internal/testdb"
)

// Two closures that take two rows in opposite order: PostgreSQL ends one of
// them, and it runs again.
func TestDeadlocksRunAgain(t *testing.T) {
	d := open(t, db.Options{URL: newPostgres(t).App})
	must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
		return errors.Join(put(ctx, tx, 1), put(ctx, tx, 2))
	}))
	var meet sync.WaitGroup
	var runs atomic.Int64
	meet.Add(2)
	wait := crowd(2, func(i int) {
		err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			runs.Add(1)
			add := func(id int) error {
				_, err := tx.Exec(ctx, `UPDATE item SET amount = amount + 1 WHERE id = $1`, id)
				return err
			}
			if err := add(1 + i); err != nil {
				return err
			}
			if tx.Attempt() == 0 {
				meet.Done()
				meet.Wait()
			}
			return add(2 - i)
		})
		if err != nil {
			t.Error(err)
		}
	})
	wait()
	must(t, read(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
		got, err := db.Values[int64](ctx, tx, `SELECT amount FROM item`)
		if !slices.Equal(got, []int64{7, 7}) || runs.Load() < 3 {
			t.Errorf("amounts %v after %d runs, want 7 and 7 after 3 or more", got, runs.Load())
		}
		return err
	}))
}

// raise makes the server fail a statement with a state of our choice.
func raise(ctx context.Context, tx *db.Tx, state string) error {
	_, err := tx.Exec(ctx, fmt.Sprintf(
		`DO $$ BEGIN RAISE EXCEPTION 'as asked' USING ERRCODE = '%s'; END $$`, state))
	return err
}

func TestWhatRunsAgain(t *testing.T) {
	d := open(t, db.Options{URL: newPostgres(t).App})
	for _, c := range []struct {
		state string
		runs  int
		want  error // nil: any
	}{
		{"40001", 8, db.ErrBusy},        // serialization_failure
		{"40P01", 8, db.ErrBusy},        // deadlock_detected
		{"40003", 8, db.ErrUnavailable}, // before COMMIT nothing happened
		{"08006", 8, db.ErrUnavailable}, // connection_failure
		{"55P03", 1, db.ErrBusy},        // lock_not_available: waited 10 s already
		{"53100", 1, db.ErrDiskFull},
		{"25006", 1, db.ErrReadOnly},
		{"57014", 1, nil}, // query_canceled
		{"XX000", 1, nil},
	} {
		runs := 0
		always := func(ctx context.Context, tx *db.Tx) error {
			runs++
			return raise(ctx, tx, c.state)
		}
		err := write(t.Context(), d, always)
		if runs != c.runs || err == nil || c.want != nil && !errors.Is(err, c.want) ||
			errors.Is(err, db.ErrOutcomeUnknown) {
			t.Errorf("%s: %d runs, %v", c.state, runs, err)
		}
		if c.runs == 1 {
			continue
		}
		must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO item (id, amount) VALUES (1, 1)
				ON CONFLICT (id) DO UPDATE SET amount = item.amount + 1`)
			if tx.Attempt() == 0 {
				err = errors.Join(err, raise(ctx, tx, c.state))
			}
			return err
		}))
	}
	must(t, read(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
		got, err := db.Values[int64](ctx, tx, `SELECT amount FROM item`)
		if !slices.Equal(got, []int64{4}) {
			t.Errorf("four closures left %v", got)
		}
		return err
	}))
}

// The end of a caller's context is his own doing: its error, no second run,
// and the database goes on.
func TestADeadlineInsideAStatement(t *testing.T) {
	d := open(t, db.Options{URL: newPostgres(t).App, MaxConns: 2})
	sleep := func(runs *int) work {
		return func(ctx context.Context, tx *db.Tx) error {
			*runs++
			if err := put(ctx, tx, 1); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `SELECT pg_sleep(600)`)
			return err
		}
	}
	inner := func(fn work) work {
		return func(ctx context.Context, tx *db.Tx) error {
			ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			return fn(ctx, tx)
		}
	}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		for name, do := range map[string]func(runs *int) error{
			"caller's":    func(runs *int) error { return write(ctx, d, sleep(runs)) },
			"closure's":   func(runs *int) error { return write(t.Context(), d, inner(sleep(runs))) },
			"over before": func(*int) error { <-ctx.Done(); return write(ctx, d, putOne(1)) },
		} {
			runs := 0
			err := do(&runs)
			if !errors.Is(err, context.DeadlineExceeded) ||
				errors.Is(err, db.ErrUnavailable) || runs > 1 {
				t.Errorf("%s: %d runs, %v", name, runs, err)
			}
		}
		cancel()
	}
	if got := items(t, d); len(got) != 0 {
		t.Errorf("there is %v", got)
	}
}

func TestAnExhaustedPool(t *testing.T) {
	d := open(t, db.Options{URL: newPostgres(t).App, MaxConns: 2})
	inside, gate := make(chan bool), make(chan bool)
	wait := crowd(2, func(i int) {
		if err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			inside <- true
			<-gate
			return put(ctx, tx, int64(i))
		}); err != nil {
			t.Error(err)
		}
	})
	<-inside
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := write(ctx, d, putOne(9)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Write without a connection gave %v", err)
	}
	if err := read(ctx, d, putOne(9)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Read without a connection gave %v", err)
	}
	close(gate)
	wait()
	if got := items(t, d); !slices.Equal(got, []int64{0, 1}) {
		t.Errorf("there is %v", got)
	}
}

// with sets a parameter of a connection string.
func with(raw, key, value string) string {
	u, err := url.Parse(raw)
	if err != nil {
		panic(err)
	}
	q := u.Query()
	q.Set(key, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func TestWhichServersAreRefused(t *testing.T) {
	u := ownPostgres(t)
	wrong := strings.Replace(u.App, "@", "wrong@", 1)
	standby := with(u.App, "default_transaction_read_only", "on")
	const nobody = "postgres://u:secret@127.0.0.1:1/x?sslmode=disable"
	if _, err := db.Open(t.Context(), db.Options{URL: wrong}); !db.IsDenied(err) ||
		strings.Contains(err.Error(), password(u.App)) {
		t.Errorf("a wrong password gave %v", err)
	}
	for name, c := range map[string]struct {
		o    db.Options
		want error // nil: opens
	}{
		"as it should be":      {db.Options{URL: u.App, RefuseOwner: true}, nil},
		"owner may migrate":    {db.Options{URL: u.Owner}, nil},
		"owner may not serve":  {db.Options{URL: u.Owner, RefuseOwner: true}, db.ErrOwnerRole},
		"superuser":            {db.Options{URL: u.Super, RefuseOwner: true}, db.ErrOwnerRole},
		"not durable":          {db.Options{URL: with(u.App, "synchronous_commit", "off")}, db.ErrSettings},
		"durable here only":    {db.Options{URL: with(u.App, "synchronous_commit", "local")}, db.ErrSettings},
		"a standby":            {db.Options{URL: standby}, db.ErrUnavailable},
		"a standby, to read":   {db.Options{URL: standby, ReadOnly: true}, nil},
		"nobody there":         {db.Options{URL: nobody}, db.ErrUnavailable},
		"no such host":         {db.Options{URL: "postgres://u:secret@host.invalid/x"}, db.ErrUnavailable},
		"no number for a port": {db.Options{URL: "postgres://u:secret@127.0.0.1:port/x"}, db.ErrURL},
		"broken escape":        {db.Options{URL: "postgres://u:secret%zz@127.0.0.1/x"}, db.ErrURL},
		"no mode of that name": {db.Options{URL: "postgres://u:secret@127.0.0.1/x?sslmode=none"}, db.ErrURL},
	} {
		d, err := db.Open(t.Context(), c.o)
		if err == nil {
			must(t, d.Close())
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		_, migrated := db.Migrate(t.Context(), c.o.URL, steps(tables), db.Grants{})
		for _, err := range []error{err, migrated} {
			if text := fmt.Sprintf("%v %+v", err, err); strings.Contains(text, password(c.o.URL)) {
				t.Errorf("%s: the password is shown: %s", name, text)
			}
		}
	}
}

// password is what no error may show; one that url.Parse cannot find is secret.
func password(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "secret"
	}
	word, _ := u.User.Password()
	return word
}

// A role that may become the owner is as good as the owner.
func TestAnOwnerInDisguiseIsRefused(t *testing.T) {
	u := ownPostgres(t)
	super := open(t, db.Options{URL: u.Super})
	app, owner := testdb.Role(u.App), testdb.Role(u.Owner)
	serve := db.Options{URL: u.App, RefuseOwner: true}
	for _, text := range []string{
		"GRANT %[2]s TO %[1]s",
		"ALTER ROLE %[1]s NOINHERIT", // may still SET ROLE
	} {
		must(t, write(t.Context(), super, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, fmt.Sprintf(text, app, owner))
			return err
		}))
		if _, err := db.Open(t.Context(), serve); !errors.Is(err, db.ErrOwnerRole) {
			t.Errorf("after %s: %v", text, err)
		}
	}
	masked := db.Options{URL: with(u.Super, "options", "-crole="+app), RefuseOwner: true}
	if _, err := db.Open(t.Context(), masked); !errors.Is(err, db.ErrOwnerRole) {
		t.Errorf("a superuser under another name: %v", err)
	}
	must(t, write(t.Context(), super, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, fmt.Sprintf("REVOKE %s FROM %s", owner, app))
		return err
	}))
	must(t, open(t, serve).Close())
}

// The server ends every session: what comes next finds new connections, the
// dead ones do not use up its runs.
func TestDeadConnectionsAreReplaced(t *testing.T) {
	u := newPostgres(t)
	d := open(t, db.Options{URL: u.App, MaxConns: 20})
	super := open(t, db.Options{URL: u.Super})
	for round := range 3 {
		var meet sync.WaitGroup
		meet.Add(20)
		crowd(20, func(int) { // twenty connections, used a moment ago
			if err := write(t.Context(), d, func(context.Context, *db.Tx) error {
				meet.Done()
				meet.Wait()
				return nil
			}); err != nil {
				t.Error(err)
			}
		})()
		if n := endSessions(t, super, testdb.Role(u.App)); n != 20 {
			t.Errorf("ended %d sessions", n)
		}
		if round%2 == 0 {
			must(t, write(t.Context(), d, putOne(int64(round))))
		}
		if got := items(t, d); len(got) != 1+round/2 {
			t.Errorf("round %d: there is %v", round, got)
		}
	}
}

// endSessions ends every session of a role and returns how many there were.
func endSessions(t *testing.T, super *db.DB, role string) (ended int64) {
	t.Helper()
	for left := int64(1); left > 0; {
		must(t, write(t.Context(), super, func(ctx context.Context, tx *db.Tx) (err error) {
			left, err = db.Value[int64](ctx, tx, `SELECT COUNT(pg_terminate_backend(pid))
				FROM pg_stat_activity WHERE usename = $1`, role)
			ended = max(ended, left)
			return err
		}))
	}
	return ended
}

package backup_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"openlend/internal/backup"
	"openlend/internal/db"
	"openlend/internal/idem"
	"openlend/internal/outbox"
	"openlend/internal/testdb"
)

var taken = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// awkward are texts that a careless format would change.
var awkward = []string{"", " ", "null", "0", `"\`, "a\nb\tc", "中文 😀", "<&>", "\u2028", `\N`}

func write(t *testing.T, d *db.DB, fn func(context.Context, *db.Tx) error) {
	t.Helper()
	if _, err := db.Write(t.Context(), d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	}); err != nil {
		t.Fatal(err)
	}
}

// fill writes events and answers: every type but BOOLEAN, and NULLs.
func fill(t *testing.T, d *db.DB, events int) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx *db.Tx) error {
		for i, text := range awkward {
			if _, _, err := idem.Once(ctx, tx, idem.Request{
				Principal: "p", Key: fmt.Sprint("k", i), Route: "r", Hash: [32]byte{0, 0xff, byte(i)},
			}, func(context.Context) (idem.Answer, error) {
				return idem.Answer{Status: 200, Body: text, ResourceID: int64(i) << 55}, nil
			}); err != nil {
				return err
			}
		}
		many := make([]outbox.Event, events)
		for i := range many {
			many[i] = outbox.Event{ID: int64(i + 1), Topic: "t.t", Key: "k",
				Payload: awkward[i%len(awkward)]}
		}
		return outbox.WriteMany(ctx, tx, many)
	})
}

// rowsOf is everything in a database, table by table.
func rowsOf(t *testing.T, d *db.DB) map[string]string {
	t.Helper()
	all := map[string]string{}
	_, err := db.Read(t.Context(), d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		tables, err := db.Tables(ctx, tx)
		for _, table := range tables {
			var text strings.Builder
			if err := table.Each(ctx, tx, func(row []any) error {
				return json.NewEncoder(&text).Encode(row)
			}); err != nil {
				return struct{}{}, err
			}
			all[table.Name] = text.String()
		}
		return struct{}{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func take(t *testing.T, d *db.DB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "copy")
	m, err := backup.Take(t.Context(), d, dir, taken, nil)
	if err != nil || len(m.Tables) < 10 {
		t.Fatal(len(m.Tables), err)
	}
	return dir
}

// What is restored is what was there, from each engine to each.
func TestRestore(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, from *db.DB) {
		fill(t, from, 4_500) // more than two pieces
		dir, want := take(t, from), rowsOf(t, from)
		for engine, url := range map[string]string{
			"sqlite": testdb.SQLite(t), "postgres": testdb.Postgres(t).Owner,
		} {
			to := testdb.Open(t, db.Options{URL: url})
			var last int64
			m, err := backup.Restore(t.Context(), to, dir, func(_, of int64) { last = of })
			if err != nil {
				t.Fatalf("to %s: %v", engine, err)
			}
			if got := rowsOf(t, to); !maps.Equal(got, want) {
				t.Errorf("to %s: other rows", engine)
			}
			if !m.TakenAt.Equal(taken) || m.Engine != string(from.Engine()) || last != 0 {
				t.Errorf("%s at %s, %d", m.Engine, m.TakenAt, last)
			}
		}
	})
}

// A copy taken while others write holds all of a transaction or nothing.
func TestTakeIsOneMoment(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		ctx, stop := context.WithCancel(t.Context())
		stopped := make(chan error)
		go func() {
			for i := int64(1); ; i++ {
				_, err := db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
					_, _, err := idem.Once(ctx, tx, idem.Request{
						Principal: "p", Key: strconv.FormatInt(i, 10), Route: "r",
					}, func(ctx context.Context) (idem.Answer, error) {
						e := outbox.Event{ID: i, Topic: "t.t"}
						return idem.Answer{Status: 200}, outbox.Write(ctx, tx, e)
					})
					return struct{}{}, err
				})
				if err != nil {
					stopped <- err
					return
				}
			}
		}()
		for range 5 {
			m, err := backup.Open(take(t, d))
			if err != nil {
				t.Fatal(err)
			}
			rows := map[string]int64{}
			for _, f := range m.Tables {
				rows[f.Name] = f.Rows
			}
			if rows["idem"] != rows["outbox"] {
				t.Errorf("%d answers, %d events", rows["idem"], rows["outbox"])
			}
		}
		stop()
		if err := <-stopped; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestDamagedCopies(t *testing.T) {
	t.Parallel()
	from := testdb.Open(t, db.Options{URL: testdb.SQLite(t)})
	fill(t, from, 10)
	to := testdb.Open(t, db.Options{URL: testdb.SQLite(t)})
	before := rowsOf(t, to)
	for name, c := range map[string]struct {
		damage func(dir string) error
		want   error
	}{
		"no manifest": {func(dir string) error {
			return os.Remove(filepath.Join(dir, "manifest.json"))
		}, backup.ErrNoCopy},
		"a broken manifest": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(`{"format":1`), 0o600)
		}, backup.ErrDamaged},
		"a table is missing": {func(dir string) error {
			return os.Remove(filepath.Join(dir, "outbox.jsonl.gz"))
		}, backup.ErrDamaged},
		"a byte more": {func(dir string) error {
			f, err := os.OpenFile(filepath.Join(dir, "idem.jsonl.gz"), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.Write([]byte{0})
			return errors.Join(err, f.Close())
		}, backup.ErrDamaged},
		"another schema": {func(dir string) error {
			return edit(filepath.Join(dir, "manifest.json"), `"schema": "`, `"schema": "0`)
		}, backup.ErrSchema},
	} {
		dir := take(t, from)
		if err := c.damage(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Restore(t.Context(), to, dir, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !maps.Equal(rowsOf(t, to), before) {
		t.Error("a refused copy has left rows")
	}
}

func edit(path, old, with string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.Replace(string(text), old, with, 1)), 0o600)
}

func TestDirectoriesAndDatabasesMustBeNew(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		dir := take(t, d)
		_, err := backup.Take(t.Context(), d, dir, taken, nil)
		if !errors.Is(err, backup.ErrNotEmpty) {
			t.Error(err)
		}
		if err := backup.MustBeEmpty(t.Context(), d); !errors.Is(err, backup.ErrHasTables) {
			t.Error(err)
		}
	})
	for _, url := range []string{
		"sqlite:" + filepath.Join(t.TempDir(), "new.db"), testdb.EmptyPostgres(t).Owner,
	} {
		d, err := db.Open(t.Context(), db.Options{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		if err := backup.MustBeEmpty(t.Context(), d); err != nil {
			t.Error(err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

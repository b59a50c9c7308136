package db_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"openlend/internal/db"
)

func TestSQLiteRunsDurably(t *testing.T) {
	d := open(t, db.Options{URL: newLite(t)})
	must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2",
			"foreign_keys": "1", "recursive_triggers": "1",
		} {
			got, err := db.Value[string](ctx, tx, "PRAGMA "+pragma)
			if err != nil || got != want {
				t.Errorf("%s is %s, want %s, %v", pragma, got, want, err)
			}
		}
		return nil
	}))
}

func TestASecondWriterIsRefused(t *testing.T) {
	url := newLite(t)
	path := strings.TrimPrefix(url, "sqlite:")
	link := filepath.Join(t.TempDir(), "link.db")
	must(t, os.Symlink(path, link))

	t.Run("same process", func(t *testing.T) {
		first, err := db.Open(t.Context(), db.Options{URL: url})
		must(t, err)
		for _, name := range []string{url, "sqlite://" + path, "sqlite:" + link} {
			_, err := db.Open(t.Context(), db.Options{URL: name})
			if !errors.Is(err, db.ErrSecondWriter) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		_, err = db.Migrate(t.Context(), url, steps(tables), db.Grants{})
		if !errors.Is(err, db.ErrSecondWriter) {
			t.Errorf("Migrate gave %v", err)
		}
		must(t, write(t.Context(), first, putOne(-1)))
		must(t, first.Close())
		must(t, open(t, db.Options{URL: url}).Close())
	})
	t.Run("another process", func(t *testing.T) {
		other := startChild(t, path)
		id := other.acknowledged(t)
		_, err := db.Open(t.Context(), db.Options{URL: url})
		if !errors.Is(err, db.ErrSecondWriter) {
			t.Errorf("got %v", err)
		}
		reader := open(t, db.Options{URL: url, ReadOnly: true})
		if got := items(t, reader); !slices.Contains(got, id) {
			t.Errorf("a reader beside the writer does not see %d", id)
		}
		if err := write(t.Context(), reader, putOne(-2)); !errors.Is(err, db.ErrReadOnly) {
			t.Errorf("a write beside the writer gave %v", err)
		}
		if err := read(t.Context(), reader, putOne(-2)); !errors.Is(err, db.ErrReadOnly) {
			t.Errorf("a write in Read beside the writer gave %v", err)
		}
		for next := id + 20; id < next; id = other.acknowledged(t) { // it is not disturbed
		}
		if got := items(t, reader); !slices.Contains(got, id) {
			t.Errorf("an open reader does not see %d, which came later", id)
		}
		last := other.kill(t)
		if got := items(t, reader); !slices.Contains(got, last) {
			t.Errorf("the reader does not see %d, the last one before the kill", last)
		}
		must(t, write(t.Context(), open(t, db.Options{URL: url}), putOne(-2)))
	})
}

// A writer that is killed again and again loses nothing it has acknowledged,
// leaves nothing by halves, and leaves no lock behind.
func TestKilledWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "killed.db")
	for round := range 5 {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(path + suffix) // every child counts from one
		}
		migrate(t, "sqlite:"+path, "")
		c := startChild(t, path)
		for range 1 + 37*round {
			c.acknowledged(t)
		}
		last := c.kill(t)
		for _, o := range []db.Options{{ReadOnly: true}, {}} {
			o.URL = "sqlite:" + path
			d, err := db.Open(t.Context(), o)
			must(t, err)
			got := items(t, d)
			n := int64(len(got))
			if n < last || n > last+1 || got[0] != 1 || got[n-1] != n {
				t.Errorf("acknowledged 1-%d, kept %v", last, got)
			}
			must(t, read(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				amount, err := db.Value[int64](ctx, tx, `SELECT amount FROM item WHERE id = 1`)
				if amount != n {
					t.Errorf("a transaction is there by halves: %d items, counted %d", n, amount)
				}
				return err
			}))
			must(t, d.Close())
		}
	}
}

func TestFileNames(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, err := os.Getwd()
	must(t, err)
	for _, name := range []string{
		"plain.db", "with space.db", "what?.db", "hash#1.db", "100%41.db", "账本 数据.db",
		"x.db?mode=memory&_pragma=synchronous(0)", "a:b.db", ":memory:", "file:y.db", "amp&.db",
		"deep/er/数据/z.db", dir + "/absolute.db", "//" + dir + "/as in a URL.db",
	} {
		url := "sqlite:" + name
		migrate(t, url, "")
		d := open(t, db.Options{URL: url})
		must(t, write(t.Context(), d, putOne(1)))
		must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			if s, err := db.Value[int64](ctx, tx, `PRAGMA synchronous`); s != 2 || err != nil {
				t.Errorf("%s: synchronous %d, %v", name, s, err)
			}
			return nil
		}))
		must(t, d.Close())
		if _, err := os.Stat(strings.TrimPrefix(name, "//")); err != nil {
			t.Error(err)
		}
		if got := items(t, open(t, db.Options{URL: url, ReadOnly: true})); len(got) != 1 {
			t.Errorf("%s: read %v", name, got)
		}
	}
	// Nothing else was made: a database, its lock, and what readers share.
	must(t, filepath.WalkDir(".", func(p string, e fs.DirEntry, err error) error {
		known := e.IsDir() || strings.HasSuffix(p, ".lock") || strings.HasSuffix(p, "-wal") ||
			strings.HasSuffix(p, "-shm") || strings.HasSuffix(p, ".db") ||
			p == ":memory:" || strings.HasSuffix(p, "synchronous(0)")
		if !known {
			t.Errorf("there is a file %q", p)
		}
		return err
	}))
}

func TestWhatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	must(t, os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 500)), 0o600))
	for _, c := range []struct {
		o    db.Options
		want error // nil: any
	}{
		{db.Options{URL: ""}, db.ErrURL},
		{db.Options{URL: "sqlite:"}, db.ErrURL},
		{db.Options{URL: "sqlite://"}, db.ErrURL},
		{db.Options{URL: "sqlite:" + dir + "/"}, db.ErrURL},
		{db.Options{URL: "mysql://root:secret@localhost/x"}, db.ErrURL},
		{db.Options{URL: "sqlite:" + dir}, nil},
		{db.Options{URL: "sqlite:" + text}, nil},
		{db.Options{URL: "sqlite:" + text + "/below"}, nil},
		{db.Options{URL: "sqlite:" + dir + "/none/x.db", ReadOnly: true}, db.ErrUnavailable},
	} {
		d, err := db.Open(t.Context(), c.o)
		if err == nil {
			must(t, d.Close())
		}
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%q: got %v, want %v", c.o.URL, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is shown: %v", err)
		}
	}
	if _, err := os.Stat(dir + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading made a directory: %v", err)
	}
	if same, err := os.ReadFile(text); err != nil || !strings.HasPrefix(string(same), "this is no") {
		t.Errorf("the text was changed: %v", err)
	}
}

func TestFilesAreTheOwnersOnly(t *testing.T) {
	url := newLite(t)
	d := open(t, db.Options{URL: url})
	must(t, write(t.Context(), d, putOne(1)))
	path := strings.TrimPrefix(url, "sqlite:")
	for name, want := range map[string]fs.FileMode{
		filepath.Dir(path): 0o700 | fs.ModeDir,
		path:               0o600, path + "-wal": 0o600, path + "-shm": 0o600, path + ".lock": 0o600,
	} {
		info, err := os.Stat(name)
		must(t, err)
		if info.Mode() != want {
			t.Errorf("%s is %v, want %v", name, info.Mode(), want)
		}
	}
}

// A statement that runs too long ends with its context; the reader is as good
// as before.
func TestALongReadEndsWithItsContext(t *testing.T) {
	d := open(t, db.Options{URL: newLite(t), MaxConns: 1})
	const long = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n`
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err := read(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := db.Value[int64](ctx, tx, long) // would never end
			return err
		})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, db.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO item (id, amount) SELECT COUNT(*), 1 FROM item`)
			return err
		}))
	}
	if got := items(t, d); !slices.Equal(got, []int64{0, 1, 2}) {
		t.Errorf("the reader sees %v", got)
	}
}

// A test that fails inside Read ends its goroutine there.
func TestAGoroutineThatEndsInsideRead(t *testing.T) {
	d := open(t, db.Options{URL: newLite(t), MaxConns: 1})
	ended := make(chan bool)
	go func() {
		defer close(ended)
		_ = read(context.Background(), d, func(ctx context.Context, tx *db.Tx) error {
			_, _ = db.Value[int64](ctx, tx, `SELECT COUNT(*) FROM item`)
			(&testing.T{}).SkipNow()
			return nil
		})
	}()
	<-ended
	must(t, write(t.Context(), d, putOne(1)))
	if got := items(t, d); !slices.Equal(got, []int64{1}) {
		t.Errorf("the reader sees %v", got)
	}
}

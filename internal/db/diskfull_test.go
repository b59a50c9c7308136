package db_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"openlend/internal/db"
)

// smallDisk mounts a file system of 4 MB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("may not mount a small disk: %v (the limit of pages is tested anyway)", err)
	}
	t.Cleanup(func() { must(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// fill writes a file until the disk is full.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	must(t, err)
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	must(t, f.Close())
}

// putBlob inserts an item of so many bytes.
func putBlob(ctx context.Context, tx *db.Tx, id int64, size int) error {
	_, err := tx.Exec(ctx, `INSERT INTO item (id, amount, code) VALUES ($1, 1, $2)`,
		id, make([]byte, size))
	return err
}

// acknowledged are the items that callers were told are there.
type acknowledged struct {
	mu  sync.Mutex
	ids []int64
}

func (a *acknowledged) add(id int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids = append(a.ids, id)
}

// exactly checks that the items are those acknowledged, and the file sound.
func (a *acknowledged) exactly(t *testing.T, d *db.DB) {
	t.Helper()
	slices.Sort(a.ids)
	if got := items(t, d); !slices.Equal(got, a.ids) {
		t.Errorf("acknowledged %v, kept %v", a.ids, got)
	}
	must(t, read(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
		sound, err := db.Value[string](ctx, tx, `PRAGMA integrity_check`)
		if sound != "ok" {
			t.Errorf("the file is broken: %s", sound)
		}
		return err
	}))
}

const groupOf = 10

// groups writes groups of items until one does not fit, and returns how many of
// that group were told so, and the next free id. One closure of each group is
// refused; when the group fails it was refused for what never happened, and is
// told of the disk too.
func (a *acknowledged) groups(
	t *testing.T, d *db.DB, first int64, size int,
) (full int, next int64) {
	t.Helper()
	const n = groupOf
	for ; full == 0; first += n {
		release := hold(t, d)
		errs := make([]error, n)
		wait := crowd(n, func(i int) {
			errs[i] = write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				err := putBlob(ctx, tx, first+int64(i), size)
				if i == 3 && err == nil {
					err = errRefused
				}
				return err
			})
		})
		waitFor(t, d, n, 0)
		_ = release() // it may be one of the group
		wait()
		for i, err := range errs {
			switch {
			case err == nil:
				a.add(first + int64(i))
			case errors.Is(err, db.ErrDiskFull):
				full++
			case i == 3 && errors.Is(err, errRefused):
			default:
				t.Errorf("got %v", err)
			}
		}
		if first > 10_000 {
			t.Fatal("this disk is never full")
		}
	}
	return full, first
}

// The disk is full when SQLite writes the log: nothing that was acknowledged is
// lost, nothing is there by halves, reads work, and writes work again when
// there is space.
func TestAFullDisk(t *testing.T) {
	dir := smallDisk(t)
	ballast := filepath.Join(dir, "ballast")
	url := "sqlite:" + filepath.Join(dir, "small.db")
	migrate(t, url, "")
	d, err := db.Open(t.Context(), db.Options{URL: url})
	must(t, err)
	var a acknowledged
	next := int64(1)
	for range 3 {
		for range 2 {
			full, after := a.groups(t, d, next, 20_000)
			if next = after; full != groupOf {
				t.Errorf("%d of a group of %d were told of the full disk", full, groupOf)
			}
			fill(t, ballast) // to the last byte
		}
		a.exactly(t, d)
		must(t, os.Remove(ballast))
		must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM item`)
			return err
		}))
		a.ids = nil
		must(t, write(t.Context(), d, putOne(next)))
		a.add(next)
		next++
	}
	must(t, d.Close())
	a.exactly(t, open(t, db.Options{URL: url}))
}

// limit lets the file grow by so many pages and no more.
func limit(t *testing.T, d *db.DB, more int64) {
	t.Helper()
	must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
		n, err := db.Value[int64](ctx, tx, `PRAGMA page_count`)
		if err == nil {
			_, err = db.Value[int64](ctx, tx, fmt.Sprintf(`PRAGMA max_page_count = %d`, n+more))
		}
		return err
	}))
}

// Here the statement finds no space, and SQLite may roll back the transaction
// of the whole group under the closures' feet: a statement that came after
// would commit by itself.
func TestAFullFile(t *testing.T) {
	d := open(t, db.Options{URL: newLite(t)})
	var a acknowledged
	limit(t, d, 100)
	_, next := a.groups(t, d, 1, 20_000)
	a.exactly(t, d)
	for range 3 {
		release := hold(t, d)
		wait := crowd(6, func(i int) {
			id := next + int64(10*i)
			err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				_ = put(ctx, tx, id)
				if i%2 == 1 {
					_ = putBlob(ctx, tx, id+1, 1<<20) // hides that the disk is full
				}
				_ = put(ctx, tx, id+2)
				return nil
			})
			switch {
			case err == nil && i%2 == 0:
				a.add(id)
				a.add(id + 2)
			case !errors.Is(err, db.ErrDiskFull):
				t.Errorf("closure %d: got %v", i, err)
			}
		})
		waitFor(t, d, 6, 0)
		_ = release()
		wait()
		a.exactly(t, d)
		next += 100
	}
	limit(t, d, 10_000)
	must(t, write(t.Context(), d, putOne(next)))
	a.add(next)
	a.exactly(t, d)
}

package ledger_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/schema"
)

// A full disk refuses cleanly, keeps what was acknowledged, and lets go when
// there is space again.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=6m"); err != nil {
		t.Skipf("may not mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	url := "sqlite:" + filepath.Join(dir, "openlend.db")
	if _, err := schema.Migrate(t.Context(), url, ""); err != nil {
		t.Fatal(err)
	}
	b := startBooks(t, testdb.Open(t, db.Options{URL: url}), id.NewSeeded(clock.System{}.Now()))
	from, to := b.wallet(1_000_000), b.wallet(0)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	p := b.poster(0)
	booked, full := b.payUntilFull(p, from, to)
	if full == 0 {
		t.Fatal("the disk did not fill")
	}
	b.mustHave(to, booked, 0)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	c := ledger.Command{Cause: ledger.Cause{Type: "test", ID: b.next()}, Debit: from, Credit: to,
		Amount: eur(1)}
	if r, err := p.Do(t.Context(), c); err != nil || r.Err != nil {
		t.Fatalf("with space again: %v %v", err, r.Err)
	}
	b.mustHave(to, booked+1, 0)
	mustBeSound(b)
}

// payUntilFull has callers pay a cent at a time until everybody has met the
// full disk, and returns how many cents were acknowledged.
func (b *books) payUntilFull(p *ledger.Poster, from, to ledger.AccountID) (booked, full int64) {
	b.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for {
				c := ledger.Command{Cause: ledger.Cause{Type: "test", ID: b.next()},
					Debit: from, Credit: to, Amount: eur(1)}
				r, err := p.Do(b.Context(), c)
				mu.Lock()
				switch {
				case errors.Is(err, db.ErrDiskFull):
					full++
					mu.Unlock()
					return
				case err != nil || r.Err != nil:
					b.Errorf("%v %v", err, r.Err)
					mu.Unlock()
					return
				}
				booked++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return booked, full
}

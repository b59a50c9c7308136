package ledger_test

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"sync"
	"testing"
	"time"

	"openlend/calendar"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/money"
)

func TestSpeed(t *testing.T) {
	if os.Getenv("SPEED") == "" {
		t.Skip()
	}
	testdb.EachURL(t, func(t *testing.T, url string) {
		d := testdb.Open(t, db.Options{URL: url})
		ids, err := id.Open(t.Context(), d, clock.System{})
		if err != nil {
			t.Fatal(err)
		}
		defer ids.Close(context.Background())
		accounts, err := db.Write(t.Context(), d, func(ctx context.Context, tx *db.Tx) ([]ledger.Account, error) {
			if err := ledger.Start(ctx, tx, calendar.MustParseDate("2026-11-22")); err != nil {
				return nil, err
			}
			n := []ledger.NewAccount{{Kind: ledger.BankClients, Currency: "EUR"}}
			for i := range 10000 {
				n = append(n, ledger.NewAccount{Kind: ledger.Wallet, Currency: "EUR", OwnerID: int64(i + 1)})
			}
			return ledger.OpenAccounts(ctx, tx, ids, n)
		})
		if err != nil {
			t.Fatal(err)
		}
		p := ledger.NewPoster(d, ids, 0)
		defer p.Close()
		next := func() int64 { n, _ := ids.Next(); return n }
		var cmds []ledger.Command
		for _, a := range accounts[1:] {
			cmds = append(cmds, ledger.Command{Cause: ledger.Cause{Type: "deposit", ID: next()}, Debit: accounts[0].ID, Credit: a.ID, Amount: money.New(1_000_000_00, "EUR")})
		}
		if _, err := p.DoMany(t.Context(), cmds); err != nil {
			t.Fatal(err)
		}
		w := accounts[1:]
		mk := func() ledger.Command {
			a := rand.Intn(len(w))
			b := (a + 1 + rand.Intn(len(w)-1)) % len(w)
			return ledger.Command{Cause: ledger.Cause{Type: "payment", ID: next()}, Debit: w[a].ID, Credit: w[b].ID, Amount: money.New(int64(rand.Intn(1000)+1), "EUR")}
		}
		for _, size := range map[bool][]int{true: {8000}}[os.Getenv("SPEED") != "g"] {
			start := time.Now()
			n := 0
			var wg sync.WaitGroup
			var mu sync.Mutex
			for range 3 {
				wg.Go(func() {
					for time.Since(start) < 2*time.Second {
						cmds := make([]ledger.Command, size)
						for i := range cmds {
							cmds[i] = mk()
						}
						if _, err := p.DoMany(t.Context(), cmds); err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						n += size
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			fmt.Printf("%s batched %d: %.0f/s\n", d.Engine(), size, float64(n)/time.Since(start).Seconds())
		}
		start := time.Now()
		var wg sync.WaitGroup
		var n int
		var mu sync.Mutex
		for range map[bool]int{true: 1000}[os.Getenv("SPEED") != "b"] {
			wg.Go(func() {
				k := 0
				for time.Since(start) < 2*time.Second {
					if r, err := p.Do(t.Context(), mk()); err != nil || r.Err != nil {
						t.Error(err, r.Err)
						return
					}
					k++
				}
				mu.Lock()
				n += k
				mu.Unlock()
			})
		}
		wg.Wait()
		fmt.Printf("%s gathered: %.0f/s\n", d.Engine(), float64(n)/time.Since(start).Seconds())
	})
}

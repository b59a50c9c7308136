package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"openlend/calendar"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/money"
	"openlend/refusal"
)

var (
	morning  = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	firstDay = calendar.NewDate(2026, 3, 2)
)

// books are a started ledger with the platform's own accounts in EUR.
type books struct {
	*testing.T

	db     *db.DB
	url    string
	clock  *clock.Manual
	ids    *id.Source
	bank   ledger.AccountID // bank_clients
	fees   ledger.AccountID // fee_income
	owners *int64           // so many owners have a wallet
}

// eachBooks runs a test on new books on every engine.
func eachBooks(t *testing.T, test func(b *books)) {
	t.Helper()
	testdb.EachURL(t, func(t *testing.T, url string) {
		clk := clock.NewManual(morning)
		b := startBooks(t, testdb.Open(t, db.Options{URL: url, Clock: clk}), id.NewSeeded(morning))
		b.url, b.clock = url, clk
		test(b)
	})
}

// startBooks starts the ledger of an empty database.
func startBooks(t *testing.T, d *db.DB, ids *id.Source) *books {
	t.Helper()
	b := &books{T: t, db: d, ids: ids, owners: new(int64)}
	write(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, ledger.Start(ctx, tx, firstDay)
	})
	b.bank = b.open(ledger.BankClients, "EUR", 0)
	b.fees = b.open(ledger.FeeIncome, "EUR", 0)
	return b
}

// write and read run a closure that must succeed.
func write[T any](b *books, fn func(context.Context, *db.Tx) (T, error)) T {
	b.Helper()
	v, err := db.Write(b.Context(), b.db, fn)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func read[T any](b *books, fn func(context.Context, *db.Tx) (T, error)) T {
	b.Helper()
	v, err := db.Read(b.Context(), b.db, fn)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// failing runs a closure that must be refused, and returns the refusal.
func (b *books) failing(fn func(context.Context, *db.Tx) error) error {
	b.Helper()
	_, err := db.Write(b.Context(), b.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	})
	if err == nil {
		b.Fatal("nothing was refused")
	}
	return err
}

func (b *books) open(k ledger.Kind, c money.Currency, owner int64) ledger.AccountID {
	b.Helper()
	return write(b, func(ctx context.Context, tx *db.Tx) (ledger.AccountID, error) {
		opened, err := ledger.OpenAccounts(ctx, tx, b.ids,
			[]ledger.NewAccount{{Kind: k, Currency: c, OwnerID: owner}})
		if err != nil {
			return 0, err
		}
		return opened[0].ID, nil
	})
}

// wallet opens a wallet of a new owner and puts money into it.
func (b *books) wallet(minor int64) ledger.AccountID {
	b.Helper()
	w := b.open(ledger.Wallet, "EUR", b.owner())
	if minor > 0 {
		b.must(ledger.PostDeposit(b.next(), b.bank, w, eur(minor))...)
	}
	return w
}

// owner is the id of a new owner.
func (b *books) owner() int64 {
	*b.owners++
	return *b.owners
}

// next is a new id for a cause.
func (b *books) next() int64 {
	b.Helper()
	n, err := b.ids.Next()
	if err != nil {
		b.Fatal(err)
	}
	return n
}

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

// post books commands by Post in a transaction of their own.
func (b *books) post(commands ...ledger.Command) []ledger.Result {
	b.Helper()
	results, err := b.tryPost(b.db, commands...)
	if err != nil {
		b.Fatal(err)
	}
	return results
}

// tryPost is post for goroutines, which may not end the test.
func (b *books) tryPost(d *db.DB, commands ...ledger.Command) ([]ledger.Result, error) {
	return db.Write(b.Context(), d,
		func(ctx context.Context, tx *db.Tx) ([]ledger.Result, error) {
			return ledger.Post(ctx, tx, b.ids, commands)
		})
}

// must books commands none of which may be refused.
func (b *books) must(commands ...ledger.Command) []ledger.Result {
	b.Helper()
	results := b.post(commands...)
	for i, r := range results {
		if r.Err != nil {
			b.Fatalf("command %d %+v: %v", i, commands[i], r.Err)
		}
	}
	return results
}

// poster starts a poster that is closed when the test ends.
func (b *books) poster(group int) *ledger.Poster {
	p := ledger.NewPoster(b.db, b.ids, group)
	b.Cleanup(p.Close)
	return p
}

func (b *books) account(a ledger.AccountID) ledger.Account {
	b.Helper()
	return read(b, func(ctx context.Context, tx *db.Tx) (ledger.Account, error) {
		found, err := ledger.GetAccounts(ctx, tx, a)
		if err != nil {
			return ledger.Account{}, err
		}
		return found[0], nil
	})
}

// mustHave checks what is posted and held in an account.
func (b *books) mustHave(a ledger.AccountID, posted, held int64) {
	b.Helper()
	if got := b.account(a); got.Posted != posted || got.Held != held {
		b.Errorf("%s: posted %d held %d, want %d and %d", a, got.Posted, got.Held, posted, held)
	}
}

func (b *books) setState(a ledger.AccountID, s ledger.State) {
	b.Helper()
	write(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, ledger.SetAccountState(ctx, tx, b.ids, a, s)
	})
}

// nextDate closes the open date and opens the day after.
func (b *books) nextDate() calendar.Date {
	b.Helper()
	return write(b, func(ctx context.Context, tx *db.Tx) (calendar.Date, error) {
		now, err := ledger.ReadDates(ctx, tx)
		if err != nil {
			return 0, err
		}
		return ledger.OpenNextDate(ctx, tx, now.BusinessOn)
	})
}

func (b *books) sealDate(on calendar.Date) {
	b.Helper()
	if err := ledger.SealDate(b.Context(), b.db, on); err != nil {
		b.Fatal(err)
	}
}

// everything is what a posting may touch, to prove that a refusal has written
// nothing: counts of rows, and the content of what can change.
func (b *books) everything() string {
	b.Helper()
	var all strings.Builder
	show := func(columns int) func(db.Scanner) error {
		return func(s db.Scanner) error {
			row := make([]any, columns)
			for i := range row {
				row[i] = new(any)
			}
			err := s.Scan(row...)
			for _, v := range row {
				fmt.Fprint(&all, *v.(*any), " ")
			}
			all.WriteByte('\n')
			return err
		}
	}
	return read(b, func(ctx context.Context, tx *db.Tx) (string, error) {
		for _, table := range []string{"ledger_transfer", "ledger_hold", "ledger_batch", "outbox"} {
			fmt.Fprint(&all, table, " ")
			if err := db.Each(ctx, tx, show(1), "SELECT COUNT(*) FROM "+table); err != nil {
				return "", err
			}
		}
		err := db.Each(ctx, tx, show(6), `SELECT account_id, state, posted, held, version,
			last_transfer_id FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
			ORDER BY account_id`)
		if err != nil {
			return "", err
		}
		return all.String(), db.Each(ctx, tx, show(3),
			`SELECT cause_id, remaining, state FROM ledger_hold ORDER BY cause_id, cause_type`)
	})
}

// codes are the results as a table of tests writes them: a refusal's code,
// "replayed", or "" for what was booked.
func codes(results []ledger.Result) []string {
	list := make([]string, len(results))
	for i, r := range results {
		switch {
		case r.Err != nil:
			if list[i] = refusal.Code(r.Err); list[i] == "" {
				list[i] = "no code: " + r.Err.Error()
			}
		case r.Replayed:
			list[i] = "replayed"
		}
	}
	return list
}

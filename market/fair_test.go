package market

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
	"openlend/origination"
)

var (
	morning  = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	firstDay = calendar.NewDate(2026, 3, 2)

	ann = access.Staff(access.Underwriter, "ann") // prepares
	bob = access.Staff(access.Reviewer, "bob")    // reviews
	cat = access.Staff(access.Underwriter, "cat") // submits for the final review
	eve = access.Staff(access.Auditor, "eve")     // only looks
)

// borrower is nobody's lender; lenders have ids of their own.
const borrower customer.ID = 7

// fair is a market on a started ledger.
type fair struct {
	*testing.T

	db    *db.DB
	clock *clock.Manual
	ids   *id.Source
	sagas *saga.Engine
	bank  ledger.AccountID
}

// eachFair runs a test on a new market on every engine.
func eachFair(t *testing.T, test func(f *fair)) {
	t.Helper()
	testdb.EachURL(t, func(t *testing.T, url string) {
		clk := clock.NewManual(morning)
		f := &fair{
			T: t, clock: clk, ids: id.NewSeeded(morning),
			db: testdb.Open(t, db.Options{URL: url, Clock: clk}),
		}
		f.sagas = &saga.Engine{DB: f.db, Wall: clk, Holder: "test", Definitions: Sagas(f.ids),
			Workers: 1, Report: func(err error) { t.Error(err) }}
		f.bank = write(f, func(ctx context.Context, tx *db.Tx) (ledger.AccountID, error) {
			if err := ledger.Start(ctx, tx, firstDay); err != nil {
				return 0, err
			}
			opened, err := ledger.OpenAccounts(ctx, tx, f.ids,
				[]ledger.NewAccount{{Kind: ledger.BankClients, Currency: "EUR"}})
			if err != nil {
				return 0, err
			}
			return opened[0].ID, nil
		})
		f.customers(borrower, "verified", false)
		test(f)
	})
}

// sub runs a part of a test on the same market: PostgreSQL takes a second to make
// a new one.
func (f *fair) sub(name string, test func(f *fair)) {
	f.Helper()
	f.Run(name, func(t *testing.T) {
		part := *f
		part.T = t
		test(&part)
	})
}

// try runs a closure, write and read run one that must succeed.
func try[T any](f *fair, fn func(context.Context, *db.Tx) (T, error)) (T, error) {
	return db.Write(f.Context(), f.db, fn)
}

func write[T any](f *fair, fn func(context.Context, *db.Tx) (T, error)) T {
	f.Helper()
	v, err := try(f, fn)
	if err != nil {
		f.Fatal(err)
	}
	return v
}

func read[T any](f *fair, fn func(context.Context, *db.Tx) (T, error)) T {
	f.Helper()
	v, err := db.Read(f.Context(), f.db, fn)
	if err != nil {
		f.Fatal(err)
	}
	return v
}

func (f *fair) next() int64 {
	f.Helper()
	n, err := f.ids.Next()
	if err != nil {
		f.Fatal(err)
	}
	return n
}

// rows of customers, made at once: thousands of registrations would be the
// longest part of every test here.
var rowsOfCustomers = &db.Insert{Table: "customer", Columns: []string{"id", "kind", "status",
	"borrower", "lender", "country", "registered_at", "verified_at", "borrow_terms", "lend_terms"}}

func (f *fair) customers(first customer.ID, status string, lender bool) {
	f.Helper()
	f.manyCustomers([]customer.ID{first}, status, lender)
}

func (f *fair) manyCustomers(all []customer.ID, status string, lender bool) {
	f.Helper()
	write(f, func(ctx context.Context, tx *db.Tx) (any, error) {
		return nil, tx.InsertMany(ctx, rowsOfCustomers, len(all), func(i int, r *db.Row) {
			r.Int(int64(all[i]))
			r.Text("person")
			r.Text(status)
			r.Bool(!lender)
			r.Bool(lender)
			r.Text("DE")
			r.Int(morning.UnixMicro())
			r.Int(morning.UnixMicro())
			r.Int(0)
			r.Int(0)
		})
	})
}

// newcomer makes a lender whose identity is not verified.
func (f *fair) newcomer(c customer.ID) {
	f.Helper()
	write(f, func(ctx context.Context, tx *db.Tx) (any, error) {
		return tx.Exec(ctx, `INSERT INTO customer (id, kind, status, borrower, lender, country,
			registered_at, verified_at, borrow_terms, lend_terms)
			VALUES ($1, 'person', 'new', $2, $3, 'DE', 0, NULL, 0, 0)`, int64(c), false, true)
	})
}

func (f *fair) setWallet(lender customer.ID, to ledger.State) {
	f.Helper()
	w := f.wallet(lender)
	write(f, func(ctx context.Context, tx *db.Tx) (any, error) {
		return nil, ledger.SetAccountState(ctx, tx, f.ids, w.ID, to)
	})
}

// toDay moves the business date to so many days after the first.
func (f *fair) toDay(n int) {
	f.Helper()
	for {
		on := write(f, func(ctx context.Context, tx *db.Tx) (calendar.Date, error) {
			dates, err := ledger.ReadDates(ctx, tx)
			if err != nil || dates.BusinessOn >= firstDay.Days(n) {
				return 0, err
			}
			return ledger.OpenNextDate(ctx, tx, dates.BusinessOn)
		})
		if on.IsZero() {
			return
		}
	}
}

// lenders are n verified lenders with so much money each.
func (f *fair) lenders(n int, minor int64) []customer.ID {
	f.Helper()
	all := make([]customer.ID, n)
	wanted := make([]ledger.NewAccount, n)
	for i := range all {
		all[i] = customer.ID(f.next())
		wanted[i] = walletOf(all[i])
	}
	f.manyCustomers(all, "verified", true)
	write(f, func(ctx context.Context, tx *db.Tx) (any, error) {
		wallets, err := ledger.OpenAccounts(ctx, tx, f.ids, wanted)
		if err != nil {
			return nil, err
		}
		var deposits []ledger.Command
		for _, w := range wallets {
			deposits = append(deposits, ledger.PostDeposit(f.next(), f.bank, w.ID, eur(minor))...)
		}
		_, err = ledger.Post(ctx, tx, f.ids, deposits)
		return nil, err
	})
	return all
}

func walletOf(lender customer.ID) ledger.NewAccount {
	return ledger.NewAccount{Kind: ledger.Wallet, Currency: "EUR", OwnerID: int64(lender)}
}

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

// wallets are the lenders' wallets as they are now.
func (f *fair) wallets(lenders []customer.ID) []ledger.Account {
	f.Helper()
	wanted := make([]ledger.NewAccount, len(lenders))
	for i, lender := range lenders {
		wanted[i] = walletOf(lender)
	}
	return read(f, func(ctx context.Context, tx *db.Tx) ([]ledger.Account, error) {
		return ledger.FindAccounts(ctx, tx, wanted...)
	})
}

func (f *fair) wallet(lender customer.ID) ledger.Account {
	f.Helper()
	return f.wallets([]customer.ID{lender})[0]
}

// funding is how listings of these tests are offered unless they say otherwise:
// bids of 100, 150, 200 … cents, cancelled within 10 minutes, open for 5 days.
var funding = origination.Funding{
	MinBid: 100, BidStep: 50, MaxShare: money.One, OpenDays: 5, CancelMinutes: 10,
	MinFunded: money.One, Oversubscription: origination.TimePriority,
}

// draft stores a draft of a listing.
func (f *fair) draft(principal int64, how origination.Funding) ListingID {
	f.Helper()
	l := Listing{
		ID: ListingID(f.next()), Offer: origination.OfferID(f.next()), Borrower: borrower,
		Product: "test", ProductVersion: 1, Grade: "B", Purpose: "car", Principal: eur(principal),
		Rate: 80_000_000, Method: loan.EqualInstalments, Instalments: 36, APR: 85_000_000,
		State: Draft, CreatedAt: morning, ChangedAt: morning,
	}
	if err := l.offerOn(&how, 0); err != nil {
		f.Fatal(err)
	}
	write(f, func(ctx context.Context, tx *db.Tx) (any, error) {
		return nil, storeNewListings(ctx, tx, []Listing{l})
	})
	return l.ID
}

func (f *fair) prepare(l ListingID) (Listing, error) {
	return try(f, func(ctx context.Context, tx *db.Tx) (Listing, error) {
		return PrepareListing(ctx, tx, ann, Preparation{l, "A car", "A used car for work."})
	})
}

func (f *fair) review(l ListingID, d Decision, opensAt time.Time) (Listing, error) {
	why := "because"
	if d == Publish {
		why = ""
	}
	return try(f, func(ctx context.Context, tx *db.Tx) (Listing, error) {
		return ReviewListing(ctx, tx, f.ids, bob, Review{l, d, opensAt, why})
	})
}

// open publishes a listing at once.
func (f *fair) open(principal int64, how origination.Funding) ListingID {
	f.Helper()
	l := f.draft(principal, how)
	if _, err := f.prepare(l); err != nil {
		f.Fatal(err)
	}
	if _, err := f.review(l, Publish, time.Time{}); err != nil {
		f.Fatal(err)
	}
	return l
}

// order is a lender's own.
func order(lender customer.ID, l ListingID, minor int64) BidOrder {
	return BidOrder{access.Customer(int64(lender)), lender, l, eur(minor)}
}

func (f *fair) bids(orders ...BidOrder) []BidResult {
	f.Helper()
	return write(f, func(ctx context.Context, tx *db.Tx) ([]BidResult, error) {
		return PlaceBids(ctx, tx, f.ids, orders)
	})
}

// bid places one bid that must be taken.
func (f *fair) bid(lender customer.ID, l ListingID, minor int64) Bid {
	f.Helper()
	r := f.bids(order(lender, l, minor))[0]
	if r.Refusal != nil {
		f.Fatal(r.Refusal)
	}
	return r.Bid
}

func (f *fair) cancelBid(b Bid) (Bid, error) {
	return try(f, func(ctx context.Context, tx *db.Tx) (Bid, error) {
		return CancelBid(ctx, tx, f.ids, access.Customer(int64(b.Lender)), b.ID)
	})
}

func (f *fair) submit(l ListingID) (Listing, error) {
	return try(f, func(ctx context.Context, tx *db.Tx) (Listing, error) {
		return SubmitFunding(ctx, tx, cat, l)
	})
}

func (f *fair) release(l ListingID, d Decision) (Listing, error) {
	return try(f, func(ctx context.Context, tx *db.Tx) (Listing, error) {
		return ReviewFunding(ctx, tx, f.ids, bob, FundingReview{l, d, "because"})
	})
}

func (f *fair) cancel(l ListingID) (Listing, error) {
	return try(f, func(ctx context.Context, tx *db.Tx) (Listing, error) {
		return CancelListing(ctx, tx, f.ids, ann, l, "because")
	})
}

func (f *fair) cancelAllotted(l ListingID) error {
	_, err := try(f, func(ctx context.Context, tx *db.Tx) (any, error) {
		return nil, CancelAllotted(ctx, tx, f.ids, l, "the bank has refused")
	})
	return err
}

// closeListing pays an allotted listing out, as servicing does, and closes it.
func (f *fair) closeListing(l ListingID) error {
	_, err := try(f, func(ctx context.Context, tx *db.Tx) (any, error) {
		now, err := loadListing(ctx, tx, l)
		if err != nil {
			return nil, err
		}
		if now.Allotted > 0 {
			accounts, err := ledger.EnsureAccounts(ctx, tx, f.ids, now.escrow(),
				ledger.NewAccount{Kind: ledger.PayoutTransit, Currency: "EUR", OwnerID: int64(l)})
			if err != nil {
				return nil, err
			}
			_, err = ledger.Post(ctx, tx, f.ids, ledger.PostDisbursement(f.next(), accounts[0].ID,
				accounts[1].ID, 0, eur(now.Allotted), eur(0)))
			if err != nil {
				return nil, err
			}
		}
		return nil, CloseListing(ctx, tx, f.ids, l)
	})
	return err
}

// expire closes what is over after so many days.
func (f *fair) expire(days int) int {
	f.Helper()
	return write(f, func(ctx context.Context, tx *db.Tx) (int, error) {
		return CloseExpired(ctx, tx, f.ids, firstDay.Days(days))
	})
}

func (f *fair) runSagas() {
	f.Helper()
	if _, err := f.sagas.RunDue(f.Context()); err != nil {
		f.Fatal(err)
	}
}

// allotted brings a funded listing through the final review and its saga.
func (f *fair) allotted(l ListingID) {
	f.Helper()
	if _, err := f.submit(l); err != nil {
		f.Fatal(err)
	}
	if _, err := f.release(l, Approve); err != nil {
		f.Fatal(err)
	}
	f.runSagas()
}

func (f *fair) listing(l ListingID) Listing {
	f.Helper()
	return read(f, func(ctx context.Context, tx *db.Tx) (Listing, error) {
		return GetListing(ctx, tx, l)
	})
}

func (f *fair) remaining(l ListingID) int64 {
	f.Helper()
	now := f.listing(l)
	return now.Remaining()
}

// allBids are the bids of a listing, the newest first.
func (f *fair) allBids(l ListingID) []Bid {
	f.Helper()
	return read(f, func(ctx context.Context, tx *db.Tx) ([]Bid, error) {
		return loadBidsOfListing(ctx, tx, BidQuery{Listing: l}, 10_000)
	})
}

// states counts the bids of a listing by state.
func (f *fair) states(l ListingID) string {
	f.Helper()
	counts := map[BidState]int{}
	for _, b := range f.allBids(l) {
		counts[b.State]++
	}
	var text []string
	for _, s := range BidStates() {
		if counts[s] > 0 {
			text = append(text, fmt.Sprint(counts[s], " ", s))
		}
	}
	return strings.Join(text, ", ")
}

// mustTopics wants so many events of a topic about a listing.
func (f *fair) mustTopics(l ListingID, topic string, want int64) {
	f.Helper()
	got := read(f, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return db.Value[int64](ctx, tx, `SELECT COUNT(*) FROM outbox WHERE topic = $1 AND key = $2`,
			topic, l.String())
	})
	if got != want {
		f.Errorf("%d events %s, not %d", got, topic, want)
	}
}

// sound verifies the books and the room's invariants. Sealing and numbering are
// services that these tests do not run.
func (f *fair) sound() {
	f.Helper()
	services := []string{"I28", "I29"}
	err := ledger.Verify(f.Context(), f.db, ledger.VerifyOptions{
		Causes: append(Causes(), ledger.CauseTable{Type: ledger.CauseDeposit,
			Table: "ledger_transfer", Key: "cause_id"}),
		Checks: Invariants(),
	}, func(r ledger.Report) error {
		if r.Bad > 0 && !slices.Contains(services, r.ID) {
			f.Errorf("%s: %v", r.ID, r.Rows)
		}
		return nil
	})
	if err != nil {
		f.Error(err)
	}
}

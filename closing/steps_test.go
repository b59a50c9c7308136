package closing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"openlend/calendar"
	"openlend/custody"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/market"
	"openlend/money"
	"openlend/note"
	"openlend/origination"
	"openlend/servicing"
)

// platform is a town whose dates the bench closes with the steps of the platform.
func (b *bench) platform() *town {
	b.Helper()
	b.Steps = Steps(b.DB, b.IDs, nil)
	return newTown(b.T, b.DB, b.IDs, b.now, "1 month")
}

// through closes every date up to one and returns the report of the last.
func (b *bench) through(on string) map[string]StepRun {
	b.Helper()
	date := calendar.MustParseDate(on)
	b.day(date.Sub(first) + 1)
	runs := b.close(date)
	steps := map[string]StepRun{}
	for _, s := range runs[len(runs)-1].Steps {
		steps[s.Name] = s
	}
	return steps
}

// A loan is collected on its day, is late when there is no money, and pays late
// fee and penalty when it comes.
func TestLoansOfADay(t *testing.T) {
	each(t, func(b *bench) {
		city := b.platform()
		l := city.disbursed(60_000, 40_000, 20_000) // due on the first of six months
		city.deposit(city.borrower, 21_200)
		before := b.rows()
		if steps := b.through("2026-03-31"); steps["collect-due"].Counts.Looked != 0 {
			b.Errorf("before the day: %+v", steps["collect-due"])
		}
		if after := b.rows(); before == after {
			b.Error("dates were closed and no row came")
		}
		dry := b.dry()
		if got := fmt.Sprint(dry["collect-due"].Counts, dry["age-loans"].Counts); got !=
			"{1 1 1 0} {1 1 1 0}" {
			b.Errorf("a dry run collects and ages %s", got)
		}
		steps := b.through("2026-04-01")
		if got := fmt.Sprint(steps["collect-due"].Counts, steps["age-loans"].Counts); got !=
			"{1 1 1 0} {0 0 0 0}" {
			b.Errorf("collected and aged %s", got)
		}
		city.stands(l.ID, servicing.StateActive, "2026-05-01", 0)
		if posted, _ := city.wallet(city.borrower); posted != 0 {
			b.Errorf("the borrower has %d left", posted)
		}
		total := int64(0)
		for i, share := range []int64{60_000, 40_000, 20_000} {
			posted, _ := city.wallet(city.lenders[i])
			ideal := share*21_200/120_000 - share*120/120_000
			if posted < ideal-2 || posted > ideal+2 {
				b.Errorf("lender %d has %d, his share is %d", i, posted, ideal)
			}
			total += posted
		}
		if total != 21_200-120 {
			b.Errorf("the lenders have %d", total)
		}
		b.through("2026-05-04")
		city.stands(l.ID, servicing.StateLate, "2026-05-01", 3)
		city.deposit(city.borrower, 5_000) // some of what is due
		steps = b.through("2026-05-05")
		if c := steps["collect-due"].Counts; c.Changed != 1 {
			b.Errorf("some was taken: %+v", c)
		}
		city.stands(l.ID, servicing.StateLate, "2026-05-01", 4)
		verify(b.T, b.DB)
	})
}

func (b *bench) dry() map[string]StepRun {
	b.Helper()
	before := b.rows()
	run, err := b.DryRun(b.Context(), closer.Actor)
	b.must(err)
	if after := b.rows(); after != before {
		b.Errorf("a dry run has left rows: %s, before %s", after, before)
	}
	steps := map[string]StepRun{}
	for _, s := range run.Steps {
		steps[s.Name] = s
	}
	return steps
}

// stands checks where a loan stands at the end of the last closed date.
func (b *town) stands(n servicing.LoanID, state servicing.State, due string, late int) {
	b.Helper()
	l := b.loan(n)
	if l.State != state || l.NextDueOn != calendar.MustParseDate(due) || l.DaysPastDue != late {
		b.Errorf("the loan is %s, due on %s, %d days late; want %s, %s, %d",
			l.State, l.NextDueOn, l.DaysPastDue, state, due, late)
	}
}

// verify recomputes the books and what the rooms say of them.
func verify(t *testing.T, d *db.DB) {
	t.Helper()
	checks := slices.Concat(Invariants(), servicing.Invariants(), note.Invariants(),
		market.Invariants(), origination.Invariants())
	ctx := context.WithoutCancel(t.Context())
	err := ledger.Verify(ctx, d, ledger.VerifyOptions{Checks: checks},
		func(r ledger.Report) error {
			// No relay numbers events here, and nobody seals the log.
			if r.Bad > 0 && r.ID != "I28" && r.ID != "I29" {
				t.Errorf("%s, %s: %+v", r.ID, r.Says, r.Rows)
			}
			return nil
		})
	if err != nil {
		t.Error(err)
	}
}

// Offers and listings end on their days: not before, and what was held is free.
func TestOffersAndListingsOfADay(t *testing.T) {
	each(t, func(b *bench) {
		city := b.platform()
		offer := city.offer(50_000)
		listing := city.listed(100_000)
		city.bid(listing, 30_000)
		lists := must(city, func(ctx context.Context, tx *db.Tx) (market.Listing, error) {
			return market.GetListing(ctx, tx, listing)
		})
		ends := must(city, func(ctx context.Context, tx *db.Tx) (origination.Offer, error) {
			return origination.GetOffer(ctx, tx, offer)
		})
		last := ends.ExpiresOn // after two weeks, like the listing
		if last != lists.ClosesOn {
			b.Fatalf("the offer is good until %s, the listing until %s", last, lists.ClosesOn)
		}
		changed := func(steps map[string]StepRun) [2]int64 {
			offers, listings := steps["expire-offers"].Counts, steps["close-listings"].Counts
			return [2]int64{offers.Changed, listings.Changed}
		}
		if got := changed(b.through(last.Days(-1).String())); got != [2]int64{} {
			b.Errorf("before the last day is over %v ended", got)
		}
		if got := changed(b.dry()); got != [2]int64{1, 1} {
			b.Errorf("a dry run says %v", got)
		}
		if got := changed(b.through(last.String())); got != [2]int64{1, 1} {
			b.Errorf("at the end of the last day %v ended", got)
		}
		city.run()
		if posted, held := city.wallet(city.lenders[0]); posted != 30_000 || held != 0 {
			b.Errorf("the lender has %d, of which %d held", posted, held)
		}
		ends = must(city, func(ctx context.Context, tx *db.Tx) (origination.Offer, error) {
			return origination.GetOffer(ctx, tx, offer)
		})
		lists = must(city, func(ctx context.Context, tx *db.Tx) (market.Listing, error) {
			return market.GetListing(ctx, tx, listing)
		})
		if ends.State != origination.OfferExpired || lists.State != market.Failed {
			b.Errorf("the offer is %s, the listing %s", ends.State, lists.State)
		}
	})
}

// A hold whose time has passed is free again.
func TestHoldsOfADay(t *testing.T) {
	each(t, func(b *bench) {
		city := b.platform()
		lender := city.lenders[0]
		city.deposit(lender, 5_000)
		city.do(func(ctx context.Context, tx *db.Tx) error {
			found, err := ledger.FindAccounts(ctx, tx, ledger.NewAccount{
				Kind: ledger.Wallet, Currency: money.EUR, OwnerID: int64(lender)})
			if err != nil {
				return err
			}
			booked, err := ledger.Post(ctx, tx, b.IDs, ledger.PostBidHold(
				77, found[0].ID, eur(3_000), b.now.Now().Add(time.Second)))
			return errors.Join(err, booked[0].Err)
		})
		b.day(1)
		if got := b.dry()["expire-holds"].Counts.Changed; got != 1 {
			b.Errorf("a dry run says %d", got)
		}
		if got := b.through("2026-03-01")["expire-holds"].Counts.Changed; got != 1 {
			b.Errorf("%d holds expired", got)
		}
		if posted, held := city.wallet(lender); posted != 5_000 || held != 0 {
			b.Errorf("the lender has %d, of which %d held", posted, held)
		}
	})
}

// The bank has less than the books say: payouts are frozen and the report tells.
func TestClientMoneyOfADay(t *testing.T) {
	each(t, func(b *bench) {
		city := b.platform()
		city.deposit(city.borrower, 5_000)
		asked := 0
		b.Steps = Steps(b.DB, b.IDs, func(ctx context.Context) error {
			asked++
			_, err := db.Write(ctx, b.DB, func(ctx context.Context, tx *db.Tx) (int64, error) {
				if _, err := custody.EnsureAccount(ctx, tx, b.IDs, money.EUR, 1); err != nil {
					return 0, err
				}
				return tx.Exec(ctx, `UPDATE custody_account SET balance = 4999, asked_at = $1`,
					tx.Now().UnixMicro())
			})
			return errors.Join(err, errors.New("the bank is slow"))
		})
		step := b.through("2026-03-01")["client-money"]
		var said positions
		b.must(json.Unmarshal([]byte(step.Did), &said))
		if len(said.Positions) != 1 || said.Positions[0].Difference != -1 ||
			said.NotAsked != "the bank is slow" || step.Counts.Changed != 1 || asked != 1 {
			b.Errorf("asked %d times, reported %+v", asked, step)
		}
		city.do(func(ctx context.Context, tx *db.Tx) error {
			_, err := custody.CurrentFreeze(ctx, tx)
			return err
		})
	})
}

// A holder whose wallet is frozen waits alone, and has his money at the end of the
// day on which it is released.
func TestFrozenHolderOfADay(t *testing.T) {
	each(t, func(b *bench) {
		city := b.platform()
		city.disbursed(60_000, 60_000)
		city.deposit(city.borrower, 21_200)
		frozen := city.lenders[0]
		city.setState(frozen, ledger.Frozen)
		b.through("2026-04-01")
		for i, want := range []int64{0, 10_540} { // a half of 20,000 and of 1,200 less a tenth
			if posted, _ := city.wallet(city.lenders[i]); posted != want {
				b.Errorf("lender %d has %d, want %d", i, posted, want)
			}
		}
		city.setState(frozen, ledger.Open)
		b.through("2026-04-02")
		if posted, _ := city.wallet(frozen); posted != 10_540 {
			b.Errorf("released he has %d", posted)
		}
		verify(b.T, b.DB)
	})
}

func (b *town) setState(of customer.ID, state ledger.State) {
	b.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) error {
		a, err := customer.WalletOf(ctx, tx, b.ids, of, money.EUR)
		if err != nil {
			return err
		}
		return ledger.SetAccountState(ctx, tx, b.ids, a.ID, state)
	})
}

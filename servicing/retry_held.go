package servicing

import (
	"cmp"
	"context"
	"slices"
	"time"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// RetryHeld posts legs that wait for their account and were not tried since an
// instant, at most so many, those first that have waited the longest. It returns
// how many it tried and how many are posted now.
func RetryHeld(
	ctx context.Context, tx *db.Tx, ids *id.Source, since time.Time, limit int,
) (tried, posted int, err error) {
	held, err := db.Many(ctx, tx, scanHeld, selectHeldPage, since.UnixMicro(), limit)
	if err != nil || len(held) == 0 {
		return 0, 0, err
	}
	r := &retry{}
	if err := r.load(ctx, tx, ids, held); err != nil {
		return 0, 0, err
	}
	for i := range r.held {
		if err := r.try(ctx, tx, ids, &r.held[i]); err != nil {
			return 0, 0, err
		}
	}
	if err := updateHeldLegs(ctx, tx, r.held); err != nil {
		return 0, 0, err
	}
	if err := updateDistributions(ctx, tx, r.order...); err != nil {
		return 0, 0, err
	}
	var told news
	for _, d := range r.order {
		told.distribution(d)
	}
	for i := range r.held {
		if r.held[i].Why == "" {
			posted++
		}
	}
	return len(r.held), posted, told.announce(ctx, tx, ids)
}

// retry is one round over some held legs of some distributions, both by id.
type retry struct {
	held          []Held
	order         []*Distribution
	distributions map[DistributionID]*Distribution
	loans         map[LoanID]*Loan
}

// load locks what the legs post to, then their distributions, and reads again
// which of the legs still wait.
func (r *retry) load(ctx context.Context, tx *db.Tx, ids *id.Source, held []Held) error {
	loans, distributions := make([]int64, 0, len(held)), make([]int64, 0, len(held))
	var accounts []ledger.AccountID
	for i := range held {
		loans = append(loans, int64(held[i].Loan))
		distributions = append(distributions, int64(held[i].Distribution))
		accounts = append(accounts, held[i].Account)
	}
	slices.Sort(loans)
	found, err := loadLoans(ctx, tx, slices.Compact(loans))
	if err != nil {
		return err
	}
	r.loans = map[LoanID]*Loan{}
	for _, l := range found {
		fees, err := feesOf(ctx, tx, ids, l.Currency)
		if err != nil {
			return err
		}
		r.loans[l.ID] = l
		accounts = append(accounts, l.Collection, fees)
	}
	if err := ledger.LockAccounts(ctx, tx, accounts...); err != nil {
		return err
	}
	slices.Sort(distributions)
	distributions = slices.Compact(distributions)
	if err := tx.Lock(ctx, lockDistribution, distributions...); err != nil {
		return err
	}
	r.order, err = db.ManyByID(ctx, tx, scanDistribution, selectDistributions, distributions)
	if err != nil {
		return err
	}
	r.distributions = map[DistributionID]*Distribution{}
	for _, d := range r.order {
		r.distributions[d.ID] = d
	}
	now, err := db.ManyByID(ctx, tx, scanHeld, selectHeldOf, distributions)
	if err != nil {
		return err
	}
	r.held = slices.DeleteFunc(now, func(h Held) bool {
		return !slices.ContainsFunc(held, func(x Held) bool {
			return x.Distribution == h.Distribution && x.Leg == h.Leg
		})
	})
	slices.SortFunc(r.held, func(a, b Held) int {
		if c := cmp.Compare(a.Distribution, b.Distribution); c != 0 {
			return c
		}
		return cmp.Compare(a.Leg, b.Leg)
	})
	return nil
}

// try posts one leg. Why is "" when it is posted now.
func (r *retry) try(ctx context.Context, tx *db.Tx, ids *id.Source, h *Held) error {
	d, l := r.distributions[h.Distribution], r.loans[h.Loan]
	var results []ledger.Result
	var err error
	if h.Leg == d.returnedLeg() {
		results, err = ledger.ReverseTransfers(ctx, tx, ids,
			ledger.Cause{Type: ledger.CauseRepayment, ID: int64(d.ReturnedPayment)})
	} else {
		var c ledger.Command
		c, err = d.command(l, leg{h.Leg, h.Customer, h.Account, h.Amount})
		if err == nil {
			results, err = ledger.Post(ctx, tx, ids, []ledger.Command{c})
		}
	}
	if err != nil {
		return err
	}
	d.tried(h, results[0].Err)
	return nil
}

// tried notes what became of a leg that was held.
func (d *Distribution) tried(h *Held, refused error) {
	if refused != nil {
		h.Why = refused.Error()
		return
	}
	h.Why = ""
	d.HeldLegs--
	d.Posted += h.Amount
	d.settle()
}

// ListHeld lists legs that wait for their account, those first that have waited
// the longest since the last try. Refusal: ErrLimit.
func ListHeld(ctx context.Context, tx *db.Tx, limit int) ([]Held, error) {
	_, limit, err := page(1, limit)
	if err != nil {
		return nil, err
	}
	return db.Many(ctx, tx, scanHeld, selectHeldPage, int64(maxID), limit)
}

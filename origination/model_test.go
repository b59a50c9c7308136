package origination_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/origination"
)

// life is what a borrower's only open application should look like, kept by the
// plainest means.
type life struct {
	*office

	seed     uint64
	borrower customer.ID
	now      origination.ApplicationState // "" when there is none
	id       origination.ApplicationID
	offer    origination.OfferID // the open one, 0 for none
	loans    int                 // accepted so far
}

// Whatever a borrower and the staff try, in any order, they get what a plain
// model of the drawn states says, and the invariants hold.
func testRandomLives(o *office) {
	for seed := range uint64(12) {
		l := &life{office: o, seed: seed, borrower: o.borrower()}
		chance := rand.New(rand.NewPCG(seed, 12))
		for range 25 {
			l.step(chance.IntN(8))
		}
	}
}

// step tries one operation and compares.
func (l *life) step(op int) {
	l.Helper()
	self := access.Customer(int64(l.borrower))
	open := slices.Contains([]origination.ApplicationState{origination.Draft,
		origination.Referred, origination.Approved}, l.now)
	switch op {
	case 0:
		l.want("create", !open, origination.ErrOpenApplications, origination.Draft,
			func(ctx context.Context, tx *db.Tx) error {
				a, err := origination.CreateApplication(ctx, tx, l.ids, self,
					origination.NewApplication{Borrower: l.borrower, Product: product,
						Request: referred()})
				if err == nil {
					l.id, l.offer = a.ID, 0
				}
				return err
			})
	case 1:
		next := origination.Referred
		if l.loans >= 2 {
			next = origination.Declined
		}
		l.want("submit", l.now == origination.Draft, origination.ErrInvalidState, next,
			func(ctx context.Context, tx *db.Tx) error {
				_, err := origination.SubmitApplication(ctx, tx, l.ids, self, l.id)
				return err
			})
	case 2, 3:
		l.want("approve", l.now == origination.Referred, origination.ErrInvalidState,
			origination.Approved, l.deciding(origination.Approve))
	case 4:
		l.want("decline", l.now == origination.Referred, origination.ErrInvalidState,
			origination.Declined, l.deciding(origination.Decline))
	case 5:
		l.want("offer", l.now == origination.Approved, origination.ErrInvalidState,
			origination.Approved, func(ctx context.Context, tx *db.Tx) error {
				_, err := origination.MakeOffer(ctx, tx, l.ids, underwriter,
					origination.NewOffer{Application: l.id})
				return err
			})
	case 6:
		l.want("accept", l.now == origination.Approved, origination.ErrInvalidState,
			origination.Accepted, func(ctx context.Context, tx *db.Tx) error {
				_, err := origination.AcceptOffer(ctx, tx, l.ids, self, l.offer)
				return err
			})
	case 7:
		l.want("withdraw", open, origination.ErrInvalidState, origination.Withdrawn,
			func(ctx context.Context, tx *db.Tx) error {
				_, err := origination.WithdrawApplication(ctx, tx, l.ids, self, l.id)
				return err
			})
	}
}

func (l *life) deciding(r origination.Result) func(context.Context, *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error {
		_, err := origination.DecideApplication(ctx, tx, l.ids, underwriter,
			origination.NewDecision{Application: l.id, Result: r,
				Reasons: []origination.Reason{"work.verified"}})
		return err
	}
}

// want runs an operation and looks whether it did what it should.
func (l *life) want(
	name string, legal bool, refusal error, next origination.ApplicationState,
	run func(context.Context, *db.Tx) error,
) {
	l.Helper()
	if l.now == "" && name != "create" {
		return // nothing to try it on
	}
	if name == "accept" && l.offer == 0 {
		return
	}
	err := l.try(run)
	switch {
	case legal && err != nil, !legal && !errors.Is(err, refusal):
		l.Fatalf("seed %d: %s of what is %q: %v", l.seed, name, l.now, err)
	case legal:
		l.now = next
	}
	if next == origination.Accepted && legal {
		l.loans++
	}
	if a := l.application(l.id); a.State != l.now {
		l.Fatalf("seed %d: after %s it is %s, want %s", l.seed, name, a.State, l.now)
	}
	if l.now == origination.Approved {
		offer := l.office.offer(l.application(l.id))
		if offer.State != origination.OfferOpen {
			l.Fatalf("seed %d: after %s its offer is %s", l.seed, name, offer.State)
		}
		l.offer = offer.ID
	}
}

package origination_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

// attempt is an operation on an application that is put into some state first.
type attempt struct {
	name string
	base string // which application: "draft", "referred" or "offered"
	to   origination.ApplicationState
	from []origination.ApplicationState // nil: those with a step to it
	run  func(ctx context.Context, tx *db.Tx) error
}

// errUndo rolls an attempt back.
var errUndo = errors.New("undo")

// Every operation in every state of an application: the drawn steps are taken,
// all others are refused and leave every row as it was.
func testEveryStepOfAnApplication(o *office) {
	bases := map[string]origination.Application{
		"draft":    o.create(o.borrower(), request()),
		"referred": o.apply(o.borrower(), referred()),
		"offered":  o.apply(o.borrower(), request()),
	}
	tried := map[origination.ApplicationState]int{}
	for _, at := range o.attempts(bases) {
		for _, from := range origination.ApplicationStates() {
			legal := slices.Contains(from.Steps(), at.to)
			if at.from != nil {
				legal = slices.Contains(at.from, from)
			}
			err := o.try(func(ctx context.Context, tx *db.Tx) error {
				return o.tryStep(ctx, tx, at, bases[at.base].ID, from, legal)
			})
			if !errors.Is(err, errUndo) {
				o.Errorf("%s of what is %s: %v", at.name, from, err)
			}
			tried[from]++
		}
	}
	if len(tried) != 8 {
		o.Errorf("tried %v", tried)
	}
}

// tryStep puts the application into a state and tries the operation.
func (o *office) tryStep(
	ctx context.Context, tx *db.Tx, at attempt, a origination.ApplicationID,
	from origination.ApplicationState, legal bool,
) error {
	_, err := tx.Exec(ctx, `UPDATE origination_application SET state = $2 WHERE id = $1`,
		int64(a), string(from))
	if err != nil {
		return err
	}
	return take(ctx, tx, at.run, legal, origination.ErrInvalidState)
}

// take tries a step and returns errUndo when it did as it should: a legal one
// changes something, an illegal one is refused and changes nothing.
func take(
	ctx context.Context, tx *db.Tx, run func(context.Context, *db.Tx) error, legal bool,
	refusal error,
) error {
	before, err := rows(ctx, tx)
	if err != nil {
		return err
	}
	refused := run(ctx, tx)
	after, err := rows(ctx, tx)
	switch {
	case err != nil:
		return err
	case legal && refused != nil:
		return fmt.Errorf("a legal step was refused: %w", refused)
	case legal && after == before:
		return errors.New("a legal step has changed nothing")
	case !legal && !errors.Is(refused, refusal):
		return fmt.Errorf("an illegal step: %w", refused)
	case !legal && after != before:
		return fmt.Errorf("a refused step has changed\n%s\nto\n%s", before, after)
	}
	return errUndo
}

// rows are the rows of the room and its events, as text.
func rows(ctx context.Context, tx *db.Tx) (string, error) {
	var all strings.Builder
	for _, query := range []string{
		`SELECT CAST(id AS TEXT) || state || grade || reasons || facts
			|| CAST(product_version AS TEXT) || CAST(changed_at AS TEXT)
			FROM origination_application ORDER BY id`,
		`SELECT CAST(id AS TEXT) || state FROM origination_offer ORDER BY id`,
		`SELECT CAST(id AS TEXT) FROM origination_decision ORDER BY id`,
		`SELECT CAST(offer_id AS TEXT) || state FROM origination_exposure ORDER BY offer_id`,
		`SELECT code || CAST(version AS TEXT) || verdict FROM origination_product_verdict
			ORDER BY code, version`,
		`SELECT CAST(id AS TEXT) FROM outbox ORDER BY id`,
	} {
		found, err := db.Values[string](ctx, tx, query)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&all, found)
	}
	return all.String(), nil
}

// attempts are all operations on an application, and on its offer where that
// moves the application too.
func (o *office) attempts(bases map[string]origination.Application) []attempt {
	draft, waiting := bases["draft"], bases["referred"]
	offered := o.offer(bases["offered"])
	on := func(a origination.Application) access.Actor { return access.Customer(int64(a.Borrower)) }
	judged := func(r origination.Result) func(context.Context, *db.Tx) error {
		return func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.DecideApplication(ctx, tx, o.ids, underwriter,
				origination.NewDecision{Application: waiting.ID, Result: r,
					Reasons: []origination.Reason{"work.verified"}})
			return err
		}
	}
	return []attempt{
		{"amend", "draft", "", states(origination.Draft), func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.AmendApplication(ctx, tx, on(draft), draft.ID, referred())
			return err
		}},
		{"submit", "draft", origination.Submitted, nil, func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.SubmitApplication(ctx, tx, o.ids, on(draft), draft.ID)
			return err
		}},
		{"decide by rules", "draft", "", states(origination.Submitted), func(ctx context.Context, tx *db.Tx) error {
			a, err := origination.GetApplication(ctx, tx, draft.ID)
			if err != nil {
				return err
			}
			p, err := origination.GetProduct(ctx, tx, a.Product, a.ProductVersion)
			if err != nil {
				return err
			}
			return origination.DecideByRules(ctx, tx, o.ids, &a, p)
		}},
		{"approve", "referred", "", states(origination.Referred), judged(origination.Approve)},
		{"decline", "referred", "", states(origination.Referred), judged(origination.Decline)},
		{"withdraw", "offered", origination.Withdrawn, nil, func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.WithdrawApplication(ctx, tx, o.ids, on(bases["offered"]),
				offered.Application)
			return err
		}},
		{"make offer", "offered", "", states(origination.Approved), func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.MakeOffer(ctx, tx, o.ids, underwriter,
				origination.NewOffer{Application: offered.Application})
			return err
		}},
		{"accept offer", "offered", origination.Accepted, nil, func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.AcceptOffer(ctx, tx, o.ids, on(bases["offered"]), offered.ID)
			return err
		}},
		{"decline offer", "offered", origination.Lapsed, nil, func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.DeclineOffer(ctx, tx, o.ids, on(bases["offered"]), offered.ID)
			return err
		}},
	}
}

func states(s ...origination.ApplicationState) []origination.ApplicationState { return s }

// The same of an offer.
func testEveryStepOfAnOffer(o *office) {
	o.expireAll()
	offer := o.offer(o.apply(o.borrower(), request()))
	self := access.Customer(int64(offer.Borrower))
	attempts := map[origination.OfferState]func(context.Context, *db.Tx) error{
		origination.OfferAccepted: func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.AcceptOffer(ctx, tx, o.ids, self, offer.ID)
			return err
		},
		origination.OfferDeclined: func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.DeclineOffer(ctx, tx, o.ids, self, offer.ID)
			return err
		},
		origination.OfferExpired: func(ctx context.Context, tx *db.Tx) error {
			n, err := origination.ExpireOffers(ctx, tx, o.ids, offer.ExpiresOn.Days(1))
			if err == nil && n == 0 { // closing looks for open ones and refuses nothing
				return origination.ErrInvalidState
			}
			return err
		},
	}
	for to, run := range attempts {
		for _, from := range origination.OfferStates() {
			legal := slices.Contains(from.Steps(), to)
			err := o.try(func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE origination_offer SET state = $2 WHERE id = $1`,
					int64(offer.ID), string(from))
				if err != nil {
					return err
				}
				at := attempt{run: run}
				return o.tryStep(ctx, tx, at, offer.Application, origination.Approved, legal)
			})
			if !errors.Is(err, errUndo) {
				o.Errorf("%s to %s: %v", from, to, err)
			}
		}
	}
}

// The same of a product version.
func testEveryStepOfAProduct(o *office) {
	proposed := get(o, func(ctx context.Context, tx *db.Tx) (origination.ProductVersion, error) {
		p, err := origination.StandardProduct("EUR", firstDay)
		if err != nil {
			return origination.ProductVersion{}, err
		}
		return origination.ProposeProduct(ctx, tx, admin, p)
	}).Product
	verdict := map[origination.ProductState]func(context.Context, *db.Tx) error{
		origination.ProductApproved: func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.ApproveProduct(ctx, tx, o.ids, reviewer, product,
				proposed.Version)
			return err
		},
		origination.ProductRejected: func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.RejectProduct(ctx, tx, reviewer, product, proposed.Version)
			return err
		},
	}
	for _, from := range origination.ProductStates() {
		for to, run := range verdict {
			legal := slices.Contains(from.Steps(), to)
			err := o.try(func(ctx context.Context, tx *db.Tx) error {
				if reach := verdict[from]; reach != nil {
					if err := reach(ctx, tx); err != nil {
						return err
					}
				}
				return take(ctx, tx, run, legal, origination.ErrProductState)
			})
			if !errors.Is(err, errUndo) {
				o.Errorf("%s to %s: %v", from, to, err)
			}
		}
	}
}

// No table names a state that there is not, and every state is reached.
func TestStepTablesAreWhole(t *testing.T) {
	reached := map[origination.ApplicationState]bool{origination.Draft: true}
	for _, s := range origination.ApplicationStates() {
		for _, to := range s.Steps() {
			reached[to] = true
			if !slices.Contains(origination.ApplicationStates(), to) {
				t.Errorf("%s leads to %s", s, to)
			}
		}
	}
	if len(reached) != len(origination.ApplicationStates()) {
		t.Errorf("reached: %v", reached)
	}
	offers := map[origination.OfferState]bool{origination.OfferOpen: true}
	for _, s := range origination.OfferStates() {
		for _, to := range s.Steps() {
			offers[to] = true
		}
	}
	if len(offers) != len(origination.OfferStates()) {
		t.Errorf("reached: %v", offers)
	}
}

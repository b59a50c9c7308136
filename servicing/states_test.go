package servicing

import (
	"context"
	"errors"
	"slices"
	"testing"

	"openlend/custody"
	"openlend/internal/db"
	"openlend/internal/saga"
	"openlend/loan"
	"openlend/money"
	"openlend/refusal"
)

// The table of steps is closed, and from active on it is that of package loan.
func TestSteps(t *testing.T) {
	for _, from := range States() {
		for _, to := range States() {
			l := Loan{State: from}
			err := l.step(to)
			legal := slices.Contains(from.Steps(), to)
			if legal != (err == nil) || legal && l.State != to || !legal && l.State != from ||
				!legal && !errors.Is(err, ErrInvalidState) {
				t.Errorf("%s -> %s: %v, now %s", from, to, err, l.State)
			}
			if !from.Disbursed() || !to.Disbursed() {
				continue
			}
			if _, err := loan.State(from).Step(loan.State(to)); (err == nil) != legal {
				t.Errorf("%s -> %s: package loan says %v", from, to, err)
			}
		}
	}
}

// inState takes a loan to a state.
func (b *town) inState(state State) Loan {
	b.Helper()
	switch state {
	case StateSigning, StateDisbursing, StateCancelled:
		listing := b.allotted(20_000)
		b.deliver()
		if state != StateSigning {
			b.run()
		}
		l := b.opened(listing)
		if state == StateCancelled {
			b.bankSays(l.ID, custody.OutcomeRejected)
			b.deliver()
			b.run()
		}
		return b.loan(l.ID)
	}
	l := b.disbursed(20_000)
	switch state {
	case StateLate:
		return b.on(&l, l.since(1, 1))
	case StateDefault, StateChargedOff:
		must(b, func(ctx context.Context, tx *db.Tx) (Loan, error) {
			return DeclareDefault(ctx, tx, b.ids, sam, l.ID, "fraud")
		})
		if state == StateChargedOff {
			b.chargeOff(l.ID)
		}
	case StateRepaid:
		b.pays(l.ID, 20_000, loan.RestShorter)
	}
	return b.loan(l.ID)
}

// deed is something that can be done to a loan in some states.
type deed struct {
	name string
	in   []State // in no other one
	do   func(b *town, n LoanID) func(context.Context, *db.Tx) error
}

// from lists the states from which a step is legal.
func from(to State) []State {
	return slices.DeleteFunc(States(), func(s State) bool {
		return !slices.Contains(s.Steps(), to)
	})
}

// step is a step of the disbursement, run out of turn.
func step(name string) func(*town, LoanID) func(context.Context, *db.Tx) error {
	return func(b *town, n LoanID) func(context.Context, *db.Tx) error {
		d := disbursement(b.ids)
		i := slices.IndexFunc(d.Steps, func(s saga.Step) bool { return s.Name == name })
		work := d.Steps[max(i, 0)].Do
		if i < 0 {
			work = d.Steps[0].Undo
		}
		return func(ctx context.Context, tx *db.Tx) error {
			_, err := work(ctx, tx, &saga.Saga{Subject: int64(n), UndoWhy: "a test"})
			return err
		}
	}
}

var running = []State{StateActive, StateLate, StateDefault}

var deeds = []deed{
	{"sign", from(StateDisbursing), step("sign")},
	{"cancel", from(StateCancelled), step("undo sign")},
	{"activate", []State{StateDisbursing}, step("activate")},
	{"declare default", from(StateDefault),
		func(b *town, n LoanID) func(context.Context, *db.Tx) error {
			return func(ctx context.Context, tx *db.Tx) error {
				_, err := DeclareDefault(ctx, tx, b.ids, sam, n, "insolvent")
				return err
			}
		}},
	{"charge off", from(StateChargedOff),
		func(b *town, n LoanID) func(context.Context, *db.Tx) error {
			return func(ctx context.Context, tx *db.Tx) error {
				_, err := ProposeChargeOff(ctx, tx, b.ids, sam, n, "hopeless")
				return err
			}
		}},
	{"restructure", running, func(b *town, n LoanID) func(context.Context, *db.Tx) error {
		return op(b, ProposeRestructuring, NewRestructuring{Loan: n, Consent: "all of them",
			Why: "a new job", Terms: loan.NewTerms{Method: loan.Bullet, Instalments: 9,
				Every: b.product.Every, Arrears: loan.ArrearsKept}})
	}},
	{"charge a fee", running, func(b *town, n LoanID) func(context.Context, *db.Tx) error {
		return op(b, ChargeFee, NewFee{Loan: n, Amount: eur(1), Why: "a letter"})
	}},
	{"waive", running, func(b *town, n LoanID) func(context.Context, *db.Tx) error {
		return op(b, Waive, NewWaiver{Loan: n, Amount: eur(1), Why: "a gift"})
	}},
	{"pause", running, func(b *town, n LoanID) func(context.Context, *db.Tx) error {
		return op(b, Pause, NewPause{Loan: n, Until: day("2026-01-01"), Why: "ill"})
	}},
	{"recover", []State{StateDefault, StateChargedOff},
		func(b *town, n LoanID) func(context.Context, *db.Tx) error {
			return op(b, RecordRecovery, NewRecovery{Loan: n, Amount: eur(1),
				Cost: money.New(0, money.EUR)})
		}},
}

// Whatever a state does not allow is refused and changes nothing.
func TestIllegalSteps(t *testing.T) {
	eachTown(t, func(b *town) {
		for _, state := range States() {
			l := b.inState(state)
			if l.State != state {
				b.Fatalf("%+v is not %s", l, state)
			}
			for _, d := range deeds {
				if !slices.Contains(d.in, state) {
					b.refusedStep(string(state)+": "+d.name, d.do(b, l.ID))
				}
			}
		}
		b.overtaken()
		b.agedTogether()
		b.sound()
	})
}

// refusedStep is refused for any reason that a room has: the listing may be the
// first to say no.
func (b *town) refusedStep(name string, fn func(context.Context, *db.Tx) error) {
	b.Helper()
	before := b.everything()
	_, err := write(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	})
	if refusal.Code(err) == "" || b.everything() != before {
		b.Errorf("%s: %v, and something has changed: %v", name, err, b.everything() != before)
	}
}

// Loans of all states age together, once; those that have ended, or have not
// begun, stay as they are.
func (b *town) agedTogether() {
	b.Helper()
	b.today("2025-04-01")
	loans := must(b, func(ctx context.Context, tx *db.Tx) ([]Loan, error) {
		return ListLoans(ctx, tx, Query{Limit: 200})
	})
	before := map[LoanID]Loan{}
	all := make([]LoanID, len(loans))
	for i, l := range loans {
		all[i], before[l.ID] = l.ID, l
	}
	age := func() int {
		return must(b, func(ctx context.Context, tx *db.Tx) (int, error) {
			return AgeLoans(ctx, tx, b.ids, all, day("2025-04-01"))
		})
	}
	if first, again := age(), age(); first == 0 || again != 0 {
		b.Errorf("aged %d loans, then %d", first, again)
	}
	seen := map[State]bool{}
	for _, n := range all {
		was, now := before[n], b.loan(n)
		seen[was.State] = true
		switch was.State {
		case StateActive, StateLate:
			if now.State != StateLate || now.AsOf != day("2025-04-01") {
				b.Errorf("%+v", now)
			}
		default:
			if now.State != was.State || now.Outstanding != was.Outstanding {
				b.Errorf("%+v became %+v", was, now)
			}
		}
	}
	if len(seen) != len(States())-1 { // what was signing has gone on
		b.Errorf("only %v were there", seen)
	}
}

// A proposal is judged again when it is approved: the loan was repaid meanwhile.
func (b *town) overtaken() {
	b.Helper()
	l := b.inState(StateDefault)
	p := must(b, func(ctx context.Context, tx *db.Tx) (Proposal, error) {
		return ProposeChargeOff(ctx, tx, b.ids, sam, l.ID, "hopeless")
	})
	_, err := write(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return tx.Exec(ctx, `UPDATE servicing_proposal SET state = 'approved', checker = maker
			WHERE id = $1`, int64(p.ID))
	})
	if !db.IsCheck(err) {
		b.Errorf("the database lets one person do both: %v", err)
	}
	b.pays(l.ID, 20_000, loan.RestShorter)
	b.refused(ErrInvalidState, func(ctx context.Context, tx *db.Tx) error {
		_, err := ApproveProposal(ctx, tx, b.ids, rita, p.ID)
		return err
	})
	must(b, func(ctx context.Context, tx *db.Tx) (Proposal, error) {
		return RejectProposal(ctx, tx, b.ids, rita, p.ID)
	})
}

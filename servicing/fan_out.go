package servicing

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
	"openlend/note"
	"openlend/origination"
)

// fanOut is where the money of one booking goes, fixed at once: the distribution
// and the notes' parts of it.
type fanOut struct {
	Distribution

	shares []share
	held   []Held // legs that could not be posted
}

// share is a note's part of a distribution. Components are below zero when they
// are taken back; amount is their sum less the fee.
type share struct {
	leg    int64
	note   note.ID
	holder customer.ID
	wallet ledger.AccountID
	parts  loan.Parts
	fee    int64
	amount int64
}

// toLenders says which components belong to the holders of the notes.
func toLenders(p *origination.Product) [len(loan.Parts{})]bool {
	var lenders [len(loan.Parts{})]bool
	lenders[loan.PrincipalPart], lenders[loan.InterestPart] = true, true
	lenders[loan.PenaltyPart] = p.PenaltyTo == origination.ToLenders
	lenders[loan.LateFeePart] = p.LateFeeTo == origination.ToLenders
	return lenders
}

// planAll fixes where the money of all outcomes goes.
func planAll(ctx context.Context, tx *db.Tx, ids *id.Source, outcomes []*outcome) error {
	var loans []LoanID
	for _, o := range outcomes {
		if o.touchesNotes() {
			loans = append(loans, o.loan.ID)
		}
	}
	notes, err := note.OfLoans(ctx, tx, loans...)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.booking, err = ids.Next(); err != nil {
			return err
		}
		of := notes[o.loan.ID]
		if len(of) > 0 {
			if err := note.AsHeldOn(ctx, tx, of, o.recordOn()); err != nil {
				return err
			}
		}
		if err := o.plan(of); err != nil {
			return fmt.Errorf("%v: %w", o.loan.ID, err)
		}
	}
	return nil
}

// touchesNotes says whether the lenders get or give anything, or lose hope.
func (o *outcome) touchesNotes() bool {
	lenders := toLenders(o.loan.history.product)
	return o.before.ChargedOffOn.IsZero() != o.after.ChargedOffOn.IsZero() ||
		slices.ContainsFunc(o.entries, func(e loan.Entry) bool { return lenders[e.Part] })
}

// recordOn is the date whose holders own what a fact brings: the value date of
// the payment.
func (o *outcome) recordOn() calendar.Date {
	for _, f := range o.facts {
		if f.Of == 0 {
			return f.ValueOn
		}
		for i := range o.after.Payments {
			if o.after.Payments[i].ID == f.Of {
				return o.after.Payments[i].ValueOn
			}
		}
	}
	return o.after.AsOf
}

// plan divides what the entries bring among notes, platform and borrower.
func (o *outcome) plan(notes []note.Note) error {
	shares, err := o.divide(notes)
	if err != nil {
		return err
	}
	d := Distribution{
		ID: DistributionID(o.booking), Loan: o.loan.ID, Currency: o.loan.Currency,
		RecordOn: o.recordOn(), PlatformLeg: -1, BorrowerLeg: -1, State: DistributionRunning,
	}
	if len(o.facts) > 0 {
		d.Event = o.facts[0].ID
	}
	lenders := toLenders(o.loan.history.product)
	for _, e := range o.entries {
		if !lenders[e.Part] {
			d.Platform += signed(e)
		}
	}
	for i := range shares {
		d.Lenders += shares[i].amount
		d.Platform += shares[i].fee
	}
	d.Borrower = refunded(o.after) - refunded(o.before)
	costs := o.keptByCollectors()
	rest, came := int64(0), int64(0)
	was := make(map[loan.EventID]loan.Payment, len(o.before.Payments))
	for _, p := range o.before.Payments {
		was[p.ID] = p
		rest -= p.Rest
	}
	for _, p := range o.after.Payments {
		rest += p.Rest
		old, known := was[p.ID]
		if !known {
			came += p.Amount - costs[p.ID]
			d.Platform -= costs[p.ID]
		}
		if p.Returned && !old.Returned {
			d.Returned += p.Amount - costs[p.ID]
			d.ReturnedPayment = PaymentID(p.ID)
			d.Platform += costs[p.ID]
		}
	}
	if d.Total() != came-rest {
		return fmt.Errorf("%d came in, %d more rests, and %d is distributed",
			came, rest, d.Total())
	}
	d.number(shares)
	if d.Legs > 0 {
		d.Hash = hashOf(&d, shares)
		o.fanOut = &fanOut{Distribution: d, shares: shares}
	}
	return nil
}

// divide gives the notes their new cumulative payments and returns what each of
// them gets or gives back. New allocations at the end of history are divided as
// they come; when history has changed all of it is divided anew, so that the
// cents do not depend on the order in which the facts became known.
func (o *outcome) divide(notes []note.Note) ([]share, error) {
	if len(notes) == 0 {
		return nil, nil
	}
	lenders := toLenders(o.loan.history.product)
	e, err := o.entitle(notes, lenders)
	if err != nil {
		return nil, err
	}
	rate := o.loan.history.product.Fees.Servicing
	writtenOff := !o.after.ChargedOffOn.IsZero()
	var shares []share
	for i := range notes {
		n := &notes[i]
		paid := e.PaidTo(i)
		fee, err := money.MulDiv(paid[loan.InterestPart], int64(rate), int64(money.One), money.Down)
		if err != nil {
			return nil, err
		}
		s := share{note: n.ID, holder: n.Holder, wallet: n.Wallet, fee: fee - n.Fee}
		for c := range paid {
			s.parts[c] = paid[c] - n.Paid[c]
		}
		s.amount = s.parts.Sum() - s.fee
		moved := s.parts != loan.Parts{} || s.fee != 0
		if moved {
			shares = append(shares, s)
		}
		if moved || writtenOff != (n.State == note.WrittenOff) {
			o.notes = append(o.notes, n)
			o.paidTo = append(o.paidTo, note.Paid{Parts: paid, Fee: fee})
		}
	}
	return shares, nil
}

// entitle divides the lenders' allocations among notes.
func (o *outcome) entitle(
	notes []note.Note, lenders [len(loan.Parts{})]bool,
) (*note.Entitlement, error) {
	rewritten := slices.ContainsFunc(o.entries, func(e loan.Entry) bool { return e.Reversal })
	if !rewritten {
		e, err := note.Resume(notes)
		for i := 0; i < len(o.entries) && err == nil; i++ {
			if a := &o.entries[i]; lenders[a.Part] {
				err = e.Add(a.Part, a.Minor)
			}
		}
		return e, err
	}
	faces := make([]int64, len(notes))
	for i := range notes {
		faces[i] = notes[i].Face
	}
	e, err := note.NewEntitlement(faces)
	for i := 0; i < len(o.after.Allocations) && err == nil; i++ {
		if a := &o.after.Allocations[i]; lenders[a.Part] {
			err = e.Add(a.Part, a.Minor)
		}
	}
	return e, err
}

// number gives shares of one wallet one leg, and every leg its place: what is
// taken back comes first, so that the collection account never runs short, then
// the holders, the platform and the borrower, and last what goes back to where a
// bounced payment came from.
func (d *Distribution) number(shares []share) {
	sums := make(map[ledger.AccountID]int64, len(shares))
	var wallets []ledger.AccountID
	for i := range shares {
		if _, seen := sums[shares[i].wallet]; !seen {
			wallets = append(wallets, shares[i].wallet)
		}
		sums[shares[i].wallet] += shares[i].amount
	}
	next := func() int64 { d.Legs++; return d.Legs - 1 }
	legs := make(map[ledger.AccountID]int64, len(wallets))
	for _, back := range []bool{true, false} {
		own := func() {
			if d.Platform != 0 && back == (d.Platform < 0) {
				d.PlatformLeg = next()
			}
			if d.Borrower != 0 && back == (d.Borrower < 0) {
				d.BorrowerLeg = next()
			}
		}
		if back {
			own()
		}
		for _, w := range wallets {
			if back == (sums[w] < 0) {
				legs[w] = next()
			}
		}
		if !back {
			own()
		}
	}
	if d.Returned > 0 {
		next()
	}
	for i := range shares {
		shares[i].leg = legs[shares[i].wallet]
	}
	slices.SortFunc(shares, func(a, b share) int {
		if a.leg != b.leg {
			return int(a.leg - b.leg)
		}
		return int(a.note - b.note)
	})
}

// takesBack says whether a leg is below zero.
func (f *fanOut) takesBack() bool {
	return f.Platform < 0 || f.Borrower < 0 || len(f.shares) > 0 && f.sumOf(0) < 0
}

// sumOf is the amount of the leg of shares[at], which is its first share.
func (f *fanOut) sumOf(at int) (sum int64) {
	for i := at; i < len(f.shares) && f.shares[i].leg == f.shares[at].leg; i++ {
		sum += f.shares[i].amount
	}
	return sum
}

// keptByCollectors lists what of each recovery never came in.
func (o *outcome) keptByCollectors() map[loan.EventID]int64 {
	kept := map[loan.EventID]int64{}
	for i := range o.loan.history.events {
		if e := &o.loan.history.events[i]; e.Kind == loan.EventRecovered {
			kept[e.ID] = e.Cost.Minor()
		}
	}
	return kept
}

// refunded is what the borrower has got back of payments that count.
func refunded(a *loan.Account) (sum int64) {
	for i := range a.Payments {
		if p := &a.Payments[i]; !p.Returned {
			sum += p.Refunded
		}
	}
	return sum
}

func signed(e loan.Entry) int64 {
	if e.Reversal {
		return -e.Minor
	}
	return e.Minor
}

// hashOf is the fingerprint of a plan: all its legs, in order.
func hashOf(d *Distribution, shares []share) []byte {
	h := sha256.New()
	var row []byte
	add := func(values ...int64) {
		row = row[:0]
		for _, v := range values {
			row = binary.BigEndian.AppendUint64(row, uint64(v))
		}
		h.Write(row)
	}
	h.Write([]byte(d.Currency))
	add(int64(d.ID), d.Platform, d.PlatformLeg, d.Borrower, d.BorrowerLeg, d.Returned)
	for i := range shares {
		s := &shares[i]
		add(s.leg, int64(s.note), int64(s.wallet), s.fee)
		add(s.parts[:]...)
	}
	return h.Sum(nil)
}

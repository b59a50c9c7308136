package servicing

import (
	"context"
	"fmt"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
)

// leg is one movement of a distribution: out of the collection account, or into
// it when the amount is below zero.
type leg struct {
	nr       int64
	customer int64 // 0: the platform
	account  ledger.AccountID
	amount   int64
}

// legsOf lists the legs of a distribution from one number up to another that its
// shares, the platform and the borrower make. What is returned is none of them.
func legsOf(d *Distribution, shares []share, l *Loan, fees ledger.AccountID, from, to int64) []leg {
	var legs []leg
	own := func(nr, customer int64, account ledger.AccountID, amount int64) {
		if from <= nr && nr < to {
			legs = append(legs, leg{nr, customer, account, amount})
		}
	}
	early := func(amount int64) bool { return amount < 0 }
	if early(d.Platform) {
		own(d.PlatformLeg, 0, fees, d.Platform)
	}
	if early(d.Borrower) {
		own(d.BorrowerLeg, int64(l.Borrower), l.Wallet, d.Borrower)
	}
	for i := range shares {
		s := &shares[i]
		if n := len(legs); n > 0 && legs[n-1].nr == s.leg {
			legs[n-1].amount += s.amount
			continue
		}
		own(s.leg, int64(s.holder), s.wallet, s.amount)
	}
	if !early(d.Platform) {
		own(d.PlatformLeg, 0, fees, d.Platform)
	}
	if !early(d.Borrower) {
		own(d.BorrowerLeg, int64(l.Borrower), l.Wallet, d.Borrower)
	}
	return legs
}

// command books a leg. The platform's is a fee, which leaves client money.
func (d *Distribution) command(l *Loan, g leg) (ledger.Command, error) {
	amount := money.New(g.amount, d.Currency)
	if g.customer != 0 {
		return ledger.PostDistributionLeg(int64(d.ID), int(g.nr), l.Collection, g.account, amount)
	}
	from, to := l.Collection, g.account
	if g.amount < 0 {
		from, to = to, from
		amount = money.New(-g.amount, d.Currency)
	}
	return ledger.PostFee(int64(d.ID), from, to, amount)[0], nil
}

// postAll books what comes in, and where the holders' wallets are locked and
// nothing is taken back, also where it goes. The rest is for the saga.
func postAll(ctx context.Context, tx *db.Tx, ids *id.Source, outcomes []*outcome) error {
	fees := map[money.Currency]ledger.AccountID{}
	var commands []ledger.Command
	var legs []leg
	var of []*outcome // of each command
	add := func(o *outcome, c ledger.Command, g leg) {
		commands, legs, of = append(commands, c), append(legs, g), append(of, o)
	}
	for _, o := range outcomes {
		if p := o.paid; p != nil && p.Amount > p.Cost {
			add(o, ledger.PostRepayment(int64(p.ID), o.loan.Wallet, o.loan.Collection,
				money.New(p.Amount-p.Cost, p.Currency))[0], leg{})
		}
		if o.fanOut == nil || !o.direct() {
			continue
		}
		c := o.loan.Currency
		if _, known := fees[c]; !known {
			var err error
			if fees[c], err = feesOf(ctx, tx, ids, c); err != nil {
				return err
			}
		}
		f := o.fanOut
		f.NextLeg = f.Legs
		for _, g := range legsOf(&f.Distribution, f.shares, o.loan, fees[c], 0, f.Legs) {
			if g.amount == 0 {
				continue
			}
			c, err := f.command(o.loan, g)
			if err != nil {
				return err
			}
			add(o, c, g)
		}
		f.settle()
	}
	if len(commands) == 0 {
		return nil
	}
	results, err := ledger.Post(ctx, tx, ids, commands)
	if err != nil {
		return err
	}
	for i, r := range results {
		o, g := of[i], legs[i]
		switch {
		case g.account == 0 && r.Err != nil:
			return r.Err // nothing came in
		case g.account == 0:
		case r.Err != nil && g.customer == 0:
			return fmt.Errorf("%v: the platform's part: %w", o.fanOut.ID, r.Err)
		default:
			o.fanOut.posted(o.loan, g, r.Err)
		}
	}
	return nil
}

// direct says whether a plan is posted in the transaction that makes it.
func (o *outcome) direct() bool {
	return o.loan.history.pays && !o.fanOut.takesBack() && o.fanOut.Returned == 0
}

// posted notes that a leg was posted, or why it was not: then it waits alone.
func (f *fanOut) posted(l *Loan, g leg, refused error) {
	if refused == nil {
		f.Posted += g.amount
	} else {
		f.HeldLegs++
		f.held = append(f.held, Held{Distribution: f.ID, Leg: g.nr, Loan: l.ID,
			Customer: g.customer, Account: g.account, Amount: g.amount, Why: refused.Error()})
	}
	f.settle()
}

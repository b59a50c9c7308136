package servicing

import (
	"context"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
)

// piece is the next legs of one distribution.
type piece struct {
	*Distribution

	loan   *Loan
	fees   ledger.AccountID
	to     int64 // the first leg that is not in it
	legs   []leg
	source ledger.AccountID // of the payment that is returned with it, 0: none is

	claims []Claim
	held   []Held
}

// size is how many legs the piece has.
func (p *piece) size() int64 { return p.to - p.NextLeg }

// load reads the legs of the plan.
func (p *piece) load(ctx context.Context, tx *db.Tx) error {
	shares, err := db.Many(ctx, tx, scanShare, selectShares, int64(p.ID), p.NextLeg, p.to)
	if err != nil {
		return err
	}
	p.legs = legsOf(p.Distribution, shares, p.loan, p.fees, p.NextLeg, p.to)
	if p.to < p.Legs || p.Returned == 0 {
		return nil
	}
	booked, err := ledger.TransfersOf(ctx, tx, p.repayment())
	if err != nil {
		return err
	}
	p.source = booked[0].Debit
	return nil
}

// repayment is the cause of the payment that is returned.
func (p *piece) repayment() ledger.Cause {
	return ledger.Cause{Type: ledger.CauseRepayment, ID: int64(p.ReturnedPayment)}
}

// accounts lists what the piece posts to, receivables apart.
func (p *piece) accounts() []ledger.AccountID {
	accounts := []ledger.AccountID{p.loan.Collection, p.fees}
	for _, g := range p.legs {
		accounts = append(accounts, g.account)
	}
	if p.source != 0 {
		accounts = append(accounts, p.source)
	}
	return accounts
}

// purses are what customers have, who have to give something back: nothing when
// their wallet is frozen.
type purses map[ledger.AccountID]int64

// take takes what a leg takes back out of the purse, and returns what is missing.
func (p purses) take(g leg) (missing int64) {
	if g.amount >= 0 || g.customer == 0 {
		return 0
	}
	taken := min(-g.amount, p[g.account])
	p[g.account] -= taken
	return -g.amount - taken
}

// commands books one leg: what is taken back from the wallet as far as it goes,
// and as a claim beyond.
func (p *piece) commands(
	ids *id.Source, g leg, missing int64, receivable ledger.AccountID,
) (commands []ledger.Command, err error) {
	if missing > 0 {
		next, err := ids.Next()
		if err != nil {
			return nil, err
		}
		p.claims = append(p.claims, Claim{ID: ClaimID(next), Distribution: p.ID, Leg: g.nr,
			Loan: p.Loan, Customer: g.customer, Wallet: g.account, Receivable: receivable,
			Currency: p.Currency, Amount: missing, State: ClaimOpen})
		commands = ledger.PostReceivable(next, receivable, p.loan.Collection,
			money.New(missing, p.Currency))
		g.amount += missing
	}
	if g.amount == 0 {
		return commands, nil
	}
	c, err := p.command(p.loan, g)
	return append([]ledger.Command{c}, commands...), err
}

// posted notes that all legs are posted but those that are held.
func (p *piece) posted() {
	for _, g := range p.legs {
		p.Posted += g.amount
	}
	for i := range p.held {
		p.Posted -= p.held[i].Amount
	}
	p.NextLeg = p.to
}

// giveBack returns a bounced payment to where it came from.
func (p *piece) giveBack(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	results, err := ledger.ReverseTransfers(ctx, tx, ids, p.repayment())
	if err != nil {
		return err
	}
	if refused := results[0].Err; refused != nil {
		p.hold(leg{p.Legs - 1, int64(p.loan.Borrower), p.source, p.Returned}, refused)
		return nil
	}
	p.Posted += p.Returned
	return nil
}

// hold notes that a leg waits.
func (p *piece) hold(g leg, why error) {
	p.HeldLegs++
	p.held = append(p.held, Held{Distribution: p.ID, Leg: g.nr, Loan: p.Loan,
		Customer: g.customer, Account: g.account, Amount: g.amount, Why: why.Error()})
}

package servicing

import (
	"context"
	"fmt"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/ledger"
	"openlend/money"
)

// pieceLegs is the most legs that are posted in one transaction.
const pieceLegs = 500

// distribution posts the legs of distributions that are too large for the
// transaction of their payment, or take money back.
//
//	post   the next legs in the order of their numbers, piece by piece
//
// The distributions of one loan are posted in their order, so that nobody gives
// back what he has not got yet. Run again after a crash it goes on at the first
// leg that was not posted; a leg's cause can be booked once, for ever.
func distribution(ids *id.Source) saga.Definition {
	return saga.Definition{Name: SagaDistribution, Steps: []saga.Step{{Name: "post",
		Do: func(ctx context.Context, tx *db.Tx, s *saga.Saga) (saga.Next, error) {
			return postPiece(ctx, tx, ids, DistributionID(s.Subject))
		}}}}
}

// piece is some legs of a distribution in one transaction.
type piece struct {
	*Distribution

	loan        *Loan
	own         platform
	to          int64 // the first leg that is not in it
	legs        []leg
	source      ledger.AccountID // of the payment that is returned with it, 0: none is
	receivables map[int64]ledger.AccountID
	wallets     map[ledger.AccountID]*ledger.Account

	claims []Claim
	held   []Held
	told   news
}

// postPiece posts the next legs of a loan's first running distribution, which is
// the one asked for when its time has come.
func postPiece(
	ctx context.Context, tx *db.Tx, ids *id.Source, of DistributionID,
) (saga.Next, error) {
	d, err := loadDistribution(ctx, tx, of)
	if err != nil {
		return saga.Next{}, err
	}
	if d.State != DistributionRunning {
		return saga.Done(), nil
	}
	if d, err = db.One(ctx, tx, scanDistribution, selectFirstRunning, int64(d.Loan)); err != nil {
		return saga.Next{}, err
	}
	p := &piece{Distribution: d, to: min(d.NextLeg+pieceLegs, d.Legs)}
	if err := p.load(ctx, tx, ids); err != nil {
		return saga.Next{}, err
	}
	if err := p.lock(ctx, tx); err != nil {
		return saga.Next{}, err
	}
	if err := p.post(ctx, tx, ids); err != nil {
		return saga.Next{}, err
	}
	if err := p.store(ctx, tx, ids); err != nil {
		return saga.Next{}, err
	}
	if d.ID == of && d.State != DistributionRunning {
		return saga.Done(), nil
	}
	return saga.More(), nil
}

// load reads the plan's legs and learns which accounts they need. Who seems to
// have spent what he has to give back gets a receivable.
func (p *piece) load(ctx context.Context, tx *db.Tx, ids *id.Source) (err error) {
	if p.loan, err = loadLoan(ctx, tx, p.Loan); err != nil {
		return err
	}
	if p.own, err = platformOf(ctx, tx, ids, p.Currency); err != nil {
		return err
	}
	shares, err := db.Many(ctx, tx, scanShare, selectShares, int64(p.ID), p.NextLeg, p.to)
	if err != nil {
		return err
	}
	p.legs = legsOf(p.Distribution, shares, p.loan, p.own.fees, p.NextLeg, p.to)
	if p.to == p.Legs && p.Returned > 0 {
		booked, err := ledger.TransfersOf(ctx, tx,
			ledger.Cause{Type: ledger.CauseRepayment, ID: int64(p.ReturnedPayment)})
		if err != nil {
			return err
		}
		p.source = booked[0].Debit
	}
	if err := p.look(ctx, tx); err != nil {
		return err
	}
	var short []ledger.NewAccount
	for _, g := range p.legs {
		if p.owes(g) > 0 {
			short = append(short, ledger.NewAccount{Kind: ledger.Receivable,
				Currency: p.Currency, OwnerID: g.customer})
		}
	}
	accounts, err := ledger.EnsureAccounts(ctx, tx, ids, short...)
	p.receivables = make(map[int64]ledger.AccountID, len(accounts))
	for i := range accounts {
		p.receivables[accounts[i].OwnerID] = accounts[i].ID
	}
	return err
}

// look reads the wallets that something is taken back from.
func (p *piece) look(ctx context.Context, tx *db.Tx) error {
	var ids []ledger.AccountID
	for _, g := range p.legs {
		if g.amount < 0 && g.customer != 0 {
			ids = append(ids, g.account)
		}
	}
	found, err := ledger.GetAccounts(ctx, tx, ids...)
	p.wallets = make(map[ledger.AccountID]*ledger.Account, len(found))
	for i := range found {
		p.wallets[found[i].ID] = &found[i]
	}
	return err
}

// owes is what a customer cannot give back of a leg: his wallet is short, or
// frozen.
func (p *piece) owes(g leg) int64 {
	if g.amount >= 0 || g.customer == 0 {
		return 0
	}
	w := p.wallets[g.account]
	if w.State != ledger.Open {
		return -g.amount
	}
	return max(0, -g.amount-w.Available())
}

// lock locks the accounts, in which the plan stands, and then the distribution.
func (p *piece) lock(ctx context.Context, tx *db.Tx) error {
	accounts := []ledger.AccountID{p.loan.Collection, p.own.fees, p.own.banks.Clients,
		p.own.banks.Platform}
	for _, g := range p.legs {
		accounts = append(accounts, g.account)
	}
	for _, r := range p.receivables {
		accounts = append(accounts, r)
	}
	if p.source != 0 {
		accounts = append(accounts, p.source)
	}
	if err := ledger.LockAccounts(ctx, tx, accounts...); err != nil {
		return err
	}
	if err := tx.Lock(ctx, lockDistribution, int64(p.ID)); err != nil {
		return err
	}
	now, err := loadDistribution(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if now.NextLeg != p.NextLeg {
		return db.Again("somebody else posted these legs")
	}
	return p.look(ctx, tx)
}

// post books the legs: what is taken back from the wallet as far as it goes and
// as a claim beyond, what is paid each by itself, and what is returned at last.
func (p *piece) post(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	var commands []ledger.Command
	var legs []leg // of each command
	for _, g := range p.legs {
		more, err := p.commands(ids, g)
		if err != nil {
			return err
		}
		for _, c := range more {
			commands, legs = append(commands, c), append(legs, g)
		}
	}
	if len(commands) > 0 {
		results, err := ledger.Post(ctx, tx, ids, commands)
		if err != nil {
			return err
		}
		for i, r := range results {
			if r.Err != nil && (legs[i].amount < 0 || legs[i].customer == 0) {
				return fmt.Errorf("%v leg %d: %w", p.ID, legs[i].nr, r.Err)
			}
			if r.Err != nil {
				p.hold(legs[i], r.Err)
			}
		}
	}
	for _, g := range p.legs {
		p.Posted += g.amount
	}
	for i := range p.held {
		p.Posted -= p.held[i].Amount
	}
	p.NextLeg = p.to
	if p.source != 0 {
		if err := p.giveBack(ctx, tx, ids); err != nil {
			return err
		}
	}
	p.settle()
	return nil
}

// commands books one leg.
func (p *piece) commands(ids *id.Source, g leg) ([]ledger.Command, error) {
	owed := p.owes(g)
	if owed == 0 {
		if g.amount == 0 {
			return nil, nil
		}
		c, err := p.command(p.loan, g)
		return []ledger.Command{c}, err
	}
	receivable, known := p.receivables[g.customer]
	if !known {
		return nil, db.Again("a wallet was emptied meanwhile")
	}
	next, err := ids.Next()
	if err != nil {
		return nil, err
	}
	p.claims = append(p.claims, Claim{ID: ClaimID(next), Distribution: p.ID, Leg: g.nr,
		Loan: p.Loan, Customer: g.customer, Wallet: g.account, Receivable: receivable,
		Currency: p.Currency, Amount: owed, State: ClaimOpen})
	commands := ledger.PostReceivable(next, receivable, p.loan.Collection, p.own.banks,
		money.New(owed, p.Currency))
	if g.amount += owed; g.amount == 0 {
		return commands, nil
	}
	c, err := p.command(p.loan, g)
	return append([]ledger.Command{c}, commands...), err
}

// giveBack returns a bounced payment to where it came from.
func (p *piece) giveBack(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	results, err := ledger.ReverseTransfers(ctx, tx, ids,
		ledger.Cause{Type: ledger.CauseRepayment, ID: int64(p.ReturnedPayment)})
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

func (p *piece) store(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	if err := updateDistributions(ctx, tx, p.Distribution); err != nil {
		return err
	}
	if err := storeHeld(ctx, tx, p.held); err != nil {
		return err
	}
	if err := storeClaims(ctx, tx, p.claims); err != nil {
		return err
	}
	for i := range p.held {
		p.told.held(&p.held[i])
	}
	for i := range p.claims {
		p.told.claim(&p.claims[i])
	}
	p.told.distribution(p.Distribution)
	return p.told.announce(ctx, tx, ids)
}

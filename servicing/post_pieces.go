package servicing

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/ledger"
	"openlend/money"
)

// The most legs of one distribution, and of all, that one transaction posts.
const (
	pieceLegs = 500
	roundLegs = 2000
)

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
		Many: func(ctx context.Context, tx *db.Tx, all []*saga.Saga) ([]saga.Next, error) {
			of := make([]int64, len(all))
			for i, s := range all {
				of[i] = s.Subject
			}
			return postPieces(ctx, tx, ids, of)
		}}}}
}

// round is pieces of some distributions, of one loan each, in one transaction.
type round struct {
	ids         *id.Source
	pieces      []*piece
	purses      purses
	receivables map[ledger.NewAccount]ledger.AccountID
}

// postPieces posts the next legs of distributions, or of those that their loans
// have to post before, as many as one transaction takes.
func postPieces(
	ctx context.Context, tx *db.Tx, ids *id.Source, of []int64,
) ([]saga.Next, error) {
	asked, err := db.ManyByID(ctx, tx, scanDistribution, selectDistributions, of)
	if err != nil {
		return nil, err
	}
	r := &round{ids: ids}
	if err := r.begin(ctx, tx, asked); err != nil {
		return nil, err
	}
	done := make(map[int64]bool, len(of))
	for _, d := range asked {
		done[int64(d.ID)] = d.State != DistributionRunning
	}
	if len(r.pieces) > 0 {
		if err := r.post(ctx, tx); err != nil {
			return nil, err
		}
	}
	for _, p := range r.pieces {
		done[int64(p.ID)] = p.State != DistributionRunning
	}
	next := make([]saga.Next, len(of))
	for i, n := range of {
		if next[i] = saga.More(); done[n] {
			next[i] = saga.Done()
		}
	}
	return next, nil
}

// begin finds the pieces: of each loan its first running distribution.
func (r *round) begin(ctx context.Context, tx *db.Tx, asked []*Distribution) error {
	var loans []int64
	for _, d := range asked {
		if d.State == DistributionRunning {
			loans = append(loans, int64(d.Loan))
		}
	}
	slices.Sort(loans)
	loans = slices.Compact(loans)
	running, err := db.ManyByID(ctx, tx, scanDistribution, selectRunning, loans)
	if err != nil {
		return err
	}
	found, err := loadLoans(ctx, tx, loans)
	if err != nil {
		return err
	}
	byID := make(map[LoanID]*Loan, len(found))
	for _, l := range found {
		byID[l.ID] = l
	}
	fees := map[money.Currency]ledger.AccountID{}
	legs, last := int64(0), LoanID(0)
	for _, d := range running { // by loan and id
		if d.Loan == last || legs >= roundLegs {
			continue
		}
		last = d.Loan
		if _, known := fees[d.Currency]; !known {
			if fees[d.Currency], err = feesOf(ctx, tx, r.ids, d.Currency); err != nil {
				return err
			}
		}
		p := &piece{Distribution: d, loan: byID[d.Loan], fees: fees[d.Currency],
			to: min(d.NextLeg+pieceLegs, d.Legs)}
		legs += p.size()
		r.pieces = append(r.pieces, p)
	}
	slices.SortFunc(r.pieces, func(a, b *piece) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

// post does the round: it learns which accounts it needs, locks them, in which
// the plans stand, then the distributions, books and stores.
func (r *round) post(ctx context.Context, tx *db.Tx) error {
	for _, p := range r.pieces {
		if err := p.load(ctx, tx); err != nil {
			return err
		}
	}
	if err := r.prepare(ctx, tx); err != nil {
		return err
	}
	if err := r.lock(ctx, tx); err != nil {
		return err
	}
	if err := r.book(ctx, tx); err != nil {
		return err
	}
	for _, p := range r.pieces {
		p.posted()
		if p.source != 0 {
			if err := p.giveBack(ctx, tx, r.ids); err != nil {
				return err
			}
		}
		p.settle()
	}
	return r.store(ctx, tx)
}

// prepare gives a receivable to everybody who seems to have spent what he has to
// give back.
func (r *round) prepare(ctx context.Context, tx *db.Tx) error {
	if err := r.look(ctx, tx); err != nil {
		return err
	}
	var short []ledger.NewAccount
	for _, p := range r.pieces {
		for _, g := range p.legs {
			if r.purses.take(g) > 0 {
				short = append(short, p.receivable(g))
			}
		}
	}
	accounts, err := ledger.EnsureAccounts(ctx, tx, r.ids, short...)
	r.receivables = make(map[ledger.NewAccount]ledger.AccountID, len(accounts))
	for i := range accounts {
		r.receivables[short[i]] = accounts[i].ID
	}
	return err
}

// receivable is the account of what a customer owes.
func (p *piece) receivable(g leg) ledger.NewAccount {
	return ledger.NewAccount{Kind: ledger.Receivable, Currency: p.Currency, OwnerID: g.customer}
}

// look reads what is in the wallets that something is taken back from.
func (r *round) look(ctx context.Context, tx *db.Tx) error {
	var wallets []ledger.AccountID
	for _, p := range r.pieces {
		for _, g := range p.legs {
			if g.amount < 0 && g.customer != 0 {
				wallets = append(wallets, g.account)
			}
		}
	}
	found, err := ledger.GetAccounts(ctx, tx, wallets...)
	r.purses = make(purses, len(found))
	for i := range found {
		if a := &found[i]; a.State == ledger.Open {
			r.purses[a.ID] = a.Available()
		}
	}
	return err
}

func (r *round) lock(ctx context.Context, tx *db.Tx) error {
	var accounts []ledger.AccountID
	numbers := make([]int64, len(r.pieces))
	for i, p := range r.pieces {
		accounts = append(accounts, p.accounts()...)
		numbers[i] = int64(p.ID)
	}
	for _, a := range r.receivables {
		accounts = append(accounts, a)
	}
	if err := ledger.LockAccounts(ctx, tx, accounts...); err != nil {
		return err
	}
	if err := tx.Lock(ctx, lockDistribution, numbers...); err != nil {
		return err
	}
	now, err := db.ManyByID(ctx, tx, scanDistribution, selectDistributions, numbers)
	if err != nil {
		return err
	}
	for i, p := range r.pieces { // both by id
		if now[i].NextLeg != p.NextLeg {
			return db.Again("somebody else posted these legs")
		}
		p.Distribution = now[i] // a leg that waited may have been posted since
	}
	return r.look(ctx, tx)
}

// book books the legs of all pieces, each by itself.
func (r *round) book(ctx context.Context, tx *db.Tx) error {
	var commands []ledger.Command
	var of []*piece // of each command
	var legs []leg
	for _, p := range r.pieces {
		for _, g := range p.legs {
			missing := r.purses.take(g)
			receivable, known := r.receivables[p.receivable(g)]
			if missing > 0 && !known {
				return db.Again("a wallet was emptied meanwhile")
			}
			more, err := p.commands(r.ids, g, missing, receivable)
			if err != nil {
				return err
			}
			for _, c := range more {
				commands, of, legs = append(commands, c), append(of, p), append(legs, g)
			}
		}
	}
	if len(commands) == 0 {
		return nil
	}
	results, err := ledger.Post(ctx, tx, r.ids, commands)
	if err != nil {
		return err
	}
	for i, result := range results {
		p, g := of[i], legs[i]
		if result.Err != nil && (g.amount < 0 || g.customer == 0) {
			return fmt.Errorf("%v leg %d: %w", p.ID, g.nr, result.Err)
		}
		if result.Err != nil {
			p.hold(g, result.Err)
		}
	}
	return nil
}

func (r *round) store(ctx context.Context, tx *db.Tx) error {
	var held []Held
	var claims []Claim
	var told news
	all := make([]*Distribution, len(r.pieces))
	for i, p := range r.pieces {
		all[i] = p.Distribution
		held, claims = append(held, p.held...), append(claims, p.claims...)
		told.distribution(p.Distribution)
	}
	for i := range held {
		told.held(&held[i])
	}
	for i := range claims {
		told.claim(&claims[i])
	}
	if err := updateDistributions(ctx, tx, all...); err != nil {
		return err
	}
	if err := storeHeld(ctx, tx, held); err != nil {
		return err
	}
	if err := storeClaims(ctx, tx, claims); err != nil {
		return err
	}
	return told.announce(ctx, tx, r.ids)
}

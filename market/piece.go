package market

import (
	"context"
	"slices"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// bidsAtOnce is how many bids one transaction moves: on SQLite everybody waits
// for it.
const bidsAtOnce = 200

// Progress is what a piece of a fan-out has done.
type Progress struct {
	Moved   int   // bids
	Refused int   // bids that wait, because of
	Because error // the first refusal
}

// piece are some bids of one listing, all in one state, locked with it and with
// the accounts that their money moves between.
type piece struct {
	listing *Listing
	escrow  ledger.AccountID // 0 when it was never opened
	bids    []Bid

	moved   []Bid
	refused error
}

// lockPiece takes the next bids in a state, nil when there are none.
func lockPiece(
	ctx context.Context, tx *db.Tx, listing ListingID, state BidState,
) (*piece, error) {
	found, err := findMovable(ctx, tx, listing, state)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	accounts := wallets(found)
	escrow, err := findEscrow(ctx, tx, listing)
	if err != nil {
		return nil, err
	}
	if escrow != 0 {
		accounts = append(accounts, escrow)
	}
	if err := ledger.LockAccounts(ctx, tx, accounts...); err != nil {
		return nil, err
	}
	l, err := lockedListing(ctx, tx, listing)
	if err != nil {
		return nil, err
	}
	wanted := make([]BidID, len(found))
	for i := range found {
		wanted[i] = found[i].ID
	}
	bids, err := loadBids(ctx, tx, wanted...) // as they are under the lock
	if err != nil {
		return nil, err
	}
	bids = slices.DeleteFunc(bids, func(b Bid) bool { return b.State != state })
	if len(bids) == 0 {
		return nil, db.Again("somebody else has moved these bids")
	}
	return &piece{listing: l, escrow: escrow, bids: bids}, nil
}

// findMovable finds the next bids in a state whose wallets take postings, however
// many wait before them; when there is no such bid, the first of those that wait.
func findMovable(
	ctx context.Context, tx *db.Tx, listing ListingID, state BidState,
) ([]Bid, error) {
	var waiting []Bid
	for after := BidID(0); ; {
		page, err := loadBidsIn(ctx, tx, listing, state, after, bidsAtOnce)
		if err != nil || len(page) == 0 {
			return waiting, err
		}
		accounts, err := ledger.GetAccounts(ctx, tx, wallets(page)...)
		if err != nil {
			return nil, err
		}
		var movable []Bid
		for i := range page {
			if accounts[i].State == ledger.Open {
				movable = append(movable, page[i])
			}
		}
		if len(movable) > 0 {
			return movable, nil
		}
		if waiting == nil {
			waiting = page
		}
		after = page[len(page)-1].ID
	}
}

func findEscrow(ctx context.Context, tx *db.Tx, listing ListingID) (ledger.AccountID, error) {
	owned, err := ledger.AccountsOf(ctx, tx, int64(listing))
	for _, a := range owned {
		if a.Kind == ledger.Escrow {
			return a.ID, err
		}
	}
	return 0, err
}

// post books the commands of every bid, calls done for those that the ledger has
// taken, and stores the listing and them. A bid that is refused waits and keeps
// nobody else from his money.
func (p *piece) post(
	ctx context.Context, tx *db.Tx, ids *id.Source,
	commandsOf func(*Bid) []ledger.Command, done func(*Bid) error,
) error {
	commands := make([]ledger.Command, 0, 2*len(p.bids))
	first := make([]int, len(p.bids)) // the first command of each bid
	for i := range p.bids {
		first[i] = len(commands)
		commands = append(commands, commandsOf(&p.bids[i])...)
	}
	results, err := ledger.Post(ctx, tx, ids, commands)
	if err != nil {
		return err
	}
	for i := range p.bids {
		b := &p.bids[i]
		if err := results[first[i]].Err; err != nil {
			if p.refused == nil {
				p.refused = err
			}
			continue
		}
		if err := done(b); err != nil {
			return err
		}
		p.moved = append(p.moved, *b)
	}
	p.listing.ChangedAt = tx.Now()
	if err := storeBids(ctx, tx, p.moved); err != nil {
		return err
	}
	return storeListings(ctx, tx, p.listing)
}

func (p *piece) progress() Progress {
	return Progress{len(p.moved), len(p.bids) - len(p.moved), p.refused}
}

package market

import (
	"context"
	"errors"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/money"
)

const (
	bidColumns = `id, listing_id, lender_id, wallet_id, amount, allotted, currency, state,
		placed_at, changed_at`

	selectBids = `SELECT ` + bidColumns + ` FROM market_bid WHERE id IN (:ids) ORDER BY id`

	// Bids of a listing in one state, in committed order within it.
	selectBidsIn = `SELECT ` + bidColumns + ` FROM market_bid
		WHERE listing_id = $1 AND state = $2 AND id > $3 ORDER BY id LIMIT $4`

	// The bids that share a listing, and what each asked for.
	selectActive = `SELECT id, amount FROM market_bid
		WHERE listing_id = $1 AND state IN ('held', 'allotted') ORDER BY id`

	// What each lender has staked in one listing; see store_postgres.go.
	selectStakes = `SELECT lender_id, listing_id, CAST(SUM(amount) AS BIGINT) FROM market_bid
		WHERE lender_id IN (:ids) AND listing_id = $2 AND state IN ('held', 'allotted')
		GROUP BY lender_id, listing_id`

	// A lender's bids: those on the newest listing first, each listing's newest first.
	selectBidsOfLender = `SELECT ` + bidColumns + ` FROM market_bid WHERE lender_id = $1
		AND (listing_id = $2 OR $2 = 0) AND (state = $3 OR $3 = '')
		AND (listing_id < $4 OR (listing_id = $4 AND id < $5))
		ORDER BY listing_id DESC, id DESC LIMIT $6`

	selectBidsOfListing = `SELECT ` + bidColumns + ` FROM market_bid WHERE listing_id = $1
		AND (state = $2 OR $2 = '') AND id < $3 ORDER BY id DESC LIMIT $4`
)

var (
	insertBid = &db.Insert{Table: "market_bid", Columns: []string{
		"id", "listing_id", "lender_id", "wallet_id", "amount", "allotted", "currency", "state",
		"placed_at", "changed_at"}}

	updateBid = &db.Update{Table: "market_bid", Keys: []string{"id"},
		Set: []string{"allotted", "state", "changed_at"}}
)

func scanBid(s db.Scanner) (Bid, error) {
	var b Bid
	var amount, placedAt, changedAt int64
	var currency string
	err := s.Scan((*int64)(&b.ID), (*int64)(&b.Listing), (*int64)(&b.Lender), (*int64)(&b.Wallet),
		&amount, &b.Allotted, &currency, (*string)(&b.State), &placedAt, &changedAt)
	b.Amount = money.New(amount, money.Currency(currency))
	b.PlacedAt, b.ChangedAt = instant(placedAt), instant(changedAt)
	return b, err
}

func loadBid(ctx context.Context, tx *db.Tx, wanted BidID) (Bid, error) {
	found, err := loadBids(ctx, tx, wanted)
	if err != nil {
		return Bid{}, err
	}
	if len(found) == 0 {
		return Bid{}, ErrBidNotFound
	}
	return found[0], nil
}

// loadBids finds bids as they are, in the order of their ids.
func loadBids(ctx context.Context, tx *db.Tx, wanted ...BidID) ([]Bid, error) {
	ids := make([]int64, len(wanted))
	for i, b := range wanted {
		ids[i] = int64(b)
	}
	return db.ManyByID(ctx, tx, scanBid, selectBids, ids)
}

func loadBidsIn(
	ctx context.Context, tx *db.Tx, listing ListingID, state BidState, after BidID, limit int,
) ([]Bid, error) {
	return db.Many(ctx, tx, scanBid, selectBidsIn, int64(listing), string(state), int64(after),
		limit)
}

// loadActive reads the ids and amounts of a listing's active bids, by id.
func loadActive(
	ctx context.Context, tx *db.Tx, listing ListingID,
) (ids []BidID, amounts []int64, err error) {
	_, err = db.Many(ctx, tx, func(s db.Scanner) (struct{}, error) {
		var b, amount int64
		err := s.Scan(&b, &amount)
		ids, amounts = append(ids, BidID(b)), append(amounts, amount)
		return struct{}{}, err
	}, selectActive, int64(listing))
	return ids, amounts, err
}

// stake is a lender's part in one listing.
type stake struct {
	lender  customer.ID
	listing ListingID
}

// loadStakes sums the active bids of stakes; one without any is absent or 0.
func loadStakes(ctx context.Context, tx *db.Tx, wanted []stake) (map[stake]int64, error) {
	sums := make(map[stake]int64, len(wanted))
	scan := func(s db.Scanner) (struct{}, error) {
		var k stake
		var sum int64
		err := s.Scan((*int64)(&k.lender), (*int64)(&k.listing), &sum)
		sums[k] = sum
		return struct{}{}, err
	}
	if tx.Engine() == db.Postgres {
		lenders, listings := make([]int64, len(wanted)), make([]int64, len(wanted))
		for i, k := range wanted {
			lenders[i], listings[i] = int64(k.lender), int64(k.listing)
		}
		_, err := db.Many(ctx, tx, scan, selectStakesEach, lenders, listings)
		return sums, err
	}
	lendersOf := map[ListingID][]int64{}
	for _, k := range wanted {
		lendersOf[k.listing] = append(lendersOf[k.listing], int64(k.lender))
	}
	for listing, lenders := range lendersOf {
		if _, err := db.ManyByID(ctx, tx, scan, selectStakes, lenders, int64(listing)); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

func storeNewBids(ctx context.Context, tx *db.Tx, bids []*Bid) error {
	return tx.InsertMany(ctx, insertBid, len(bids), func(i int, r *db.Row) {
		b := bids[i]
		r.Int(int64(b.ID))
		r.Int(int64(b.Listing))
		r.Int(int64(b.Lender))
		r.Int(int64(b.Wallet))
		r.Int(b.Amount.Minor())
		r.Int(b.Allotted)
		r.Text(string(b.Amount.Currency()))
		r.Text(string(b.State))
		r.Int(micros(b.PlacedAt))
		r.Int(micros(b.ChangedAt))
	})
}

// storeBids writes what became of bids, which come in the order of their ids.
func storeBids(ctx context.Context, tx *db.Tx, bids []Bid) error {
	n, err := tx.UpdateMany(ctx, updateBid, len(bids), func(i int, r *db.Row) {
		r.Int(int64(bids[i].ID))
		r.Int(bids[i].Allotted)
		r.Text(string(bids[i].State))
		r.Int(micros(bids[i].ChangedAt))
	})
	if err == nil && n != int64(len(bids)) {
		return errors.New("market: a bid is gone")
	}
	return err
}

// wallets lists the accounts of bids.
func wallets(bids []Bid) []ledger.AccountID {
	accounts := make([]ledger.AccountID, len(bids))
	for i := range bids {
		accounts[i] = bids[i].Wallet
	}
	return accounts
}

func loadBidsOfLender(
	ctx context.Context, tx *db.Tx, q BidQuery, after Bid, limit int,
) ([]Bid, error) {
	return db.Many(ctx, tx, scanBid, selectBidsOfLender, int64(q.Lender), int64(q.Listing),
		string(q.State), int64(after.Listing), int64(after.ID), limit)
}

func loadBidsOfListing(ctx context.Context, tx *db.Tx, q BidQuery, limit int) ([]Bid, error) {
	after := q.After
	if after == 0 {
		after = lastID
	}
	return db.Many(ctx, tx, scanBid, selectBidsOfListing, int64(q.Listing), string(q.State),
		int64(after), limit)
}

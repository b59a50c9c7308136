package market

import (
	"context"

	"openlend/internal/batch"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/idem"
)

// BidRequest is an order as somebody sends it: under an idempotency key.
type BidRequest struct {
	Idem  idem.Request
	Order BidOrder
}

// Desk places the bids of many concurrent callers in groups, each group in one
// transaction: keys, wallets and listings are locked once, decided on in memory
// and written in bulk. Every caller gets his own answer, in committed order.
type Desk struct {
	*batch.Gatherer[BidRequest, idem.Result]

	db     *db.DB
	ids    *id.Source
	answer func(BidResult) (idem.Answer, error)
}

// groupMost is how many bids one transaction takes, groupsInFlight how many
// groups are under way: the second waits for the first one's listing, but not
// before its keys are written.
const (
	groupMost      = 1024
	groupsInFlight = 2
)

// NewDesk opens a desk until it is closed. answer makes what a placed bid is
// answered with, again and again. group is the most bids that one transaction
// takes, 0 for the default; 1 places one by one (the bench compares).
func NewDesk(
	d *db.DB, ids *id.Source, group int, answer func(BidResult) (idem.Answer, error),
) *Desk {
	if group <= 0 {
		group = groupMost
	}
	desk := &Desk{db: d, ids: ids, answer: answer}
	desk.Gatherer = batch.New(group, groupsInFlight, desk.run)
	return desk
}

// run places one group.
func (d *Desk) run(ctx context.Context, requests []BidRequest) ([]idem.Result, error) {
	keys := make([]idem.Request, len(requests))
	for i := range requests {
		keys[i] = requests[i].Idem
	}
	return db.Write(ctx, d.db, func(ctx context.Context, tx *db.Tx) ([]idem.Result, error) {
		return idem.Many(ctx, tx, keys,
			func(ctx context.Context, fresh []int) ([]idem.Result, error) {
				return d.place(ctx, tx, requests, fresh)
			})
	})
}

// place places the requests that have had no effect yet.
func (d *Desk) place(
	ctx context.Context, tx *db.Tx, requests []BidRequest, fresh []int,
) ([]idem.Result, error) {
	orders := make([]BidOrder, len(fresh))
	for k, i := range fresh {
		orders[k] = requests[i].Order
	}
	placed, err := PlaceBids(ctx, tx, d.ids, orders)
	if err != nil {
		return nil, err
	}
	results := make([]idem.Result, len(placed))
	for k := range placed {
		if results[k].Refusal = placed[k].Refusal; results[k].Refusal != nil {
			continue
		}
		if results[k].Answer, err = d.answer(placed[k]); err != nil {
			return nil, err
		}
	}
	return results, nil
}

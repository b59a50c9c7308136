package market

import (
	"context"
	"errors"
	"slices"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
)

// BidOrder asks for one bid.
type BidOrder struct {
	Actor   access.Actor
	Lender  customer.ID
	Listing ListingID
	Amount  money.Amount
}

// BidResult answers one order: a bid, or a refusal and nothing has changed.
type BidResult struct {
	Refusal error
	Bid     Bid
	Funded  int64 // of the listing right after the bid, minor units
}

// PlaceBids places many bids, on any listings, in the caller's transaction, and
// answers each order. What is decided is what would be decided one after the
// other, in the order given. One bid is a slice of one.
//
// Refusals in results: access.ErrForbidden, ErrNotFound, those of
// customer.MayLend, ErrClosed, ErrFullyFunded, ErrOwnListing, ErrCurrency,
// ErrBidTooSmall, ErrBidStep, ErrBidTooLarge, ErrExceedsRemaining,
// ledger.ErrInsufficient, ledger.ErrFrozen.
func PlaceBids(
	ctx context.Context, tx *db.Tx, ids *id.Source, orders []BidOrder,
) ([]BidResult, error) {
	r := &round{orders: orders, results: make([]BidResult, len(orders))}
	if err := r.load(ctx, tx); err != nil {
		return nil, err
	}
	if err := r.decide(tx, ids); err != nil {
		return nil, err
	}
	if r.stale(tx) {
		return nil, db.Again("somebody was refused on a wallet as it was before its lock")
	}
	if len(r.bids) == 0 {
		return r.results, nil
	}
	if err := r.post(ctx, tx, ids); err != nil {
		return nil, err
	}
	if err := storeNewBids(ctx, tx, r.bids); err != nil {
		return nil, err
	}
	if err := storeListings(ctx, tx, r.touched...); err != nil {
		return nil, err
	}
	return r.results, r.told.announce(ctx, tx, ids)
}

// round is one PlaceBids: what the orders are decided on, and what comes of it.
type round struct {
	orders  []BidOrder
	results []BidResult

	on       calendar.Date
	listings map[ListingID]*Listing
	lenders  map[customer.ID]customer.Customer
	wallets  map[ledger.NewAccount]*ledger.Account
	staked   map[stake]int64

	bids    []*Bid     // those that are placed, in order
	touched []*Listing // that they are on
	told    news
}

// load reads everything once: wallets and then listings under their locks, in
// the lock order, the rest beside them.
func (r *round) load(ctx context.Context, tx *db.Tx) (err error) {
	if r.lenders, err = customer.GetMany(ctx, tx, r.lenderIDs()); err != nil {
		return err
	}
	if r.listings, err = loadListings(ctx, tx, r.listingIDs()...); err != nil {
		return err
	}
	if err := r.lockWallets(ctx, tx); err != nil {
		return err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return err
	}
	r.on = dates.BusinessOn
	return r.lockListings(ctx, tx)
}

// lockWallets finds the wallets that the orders would be paid from, with what they
// hold, and locks them. A wallet may have moved just before its lock: the ledger
// finds that out when too much was decided on, and stale when too little was; the
// next attempt reads again under the locks.
func (r *round) lockWallets(ctx context.Context, tx *db.Tx) error {
	wanted := make([]ledger.NewAccount, 0, len(r.orders))
	for i := range r.orders {
		if l := r.listings[r.orders[i].Listing]; l != nil {
			wanted = append(wanted, r.orders[i].wallet(l))
		}
	}
	known, err := ledger.KnownAccounts(ctx, tx, wanted...)
	if err != nil {
		return err
	}
	accounts := make([]ledger.AccountID, 0, len(known))
	for _, a := range known {
		accounts = append(accounts, a.ID)
	}
	if err := ledger.LockAccounts(ctx, tx, accounts...); err != nil {
		return err
	}
	r.wallets = known
	if tx.Attempt() > 0 {
		r.wallets, err = ledger.KnownAccounts(ctx, tx, wanted...)
	}
	return err
}

// stale says whether somebody was refused on what his wallet held before its lock:
// with another bid of the group on the same wallet that may never have been so.
func (r *round) stale(tx *db.Tx) bool {
	return tx.Engine() == db.Postgres && tx.Attempt() == 0 &&
		slices.ContainsFunc(r.results, func(result BidResult) bool {
			return errors.Is(result.Refusal, ledger.ErrInsufficient) ||
				errors.Is(result.Refusal, ledger.ErrFrozen)
		})
}

// lockListings locks the listings and reads them, with what each lender has in
// them already.
func (r *round) lockListings(ctx context.Context, tx *db.Tx) (err error) {
	wanted := r.listingIDs()
	if err := tx.Lock(ctx, lockListing, numbers(wanted)...); err != nil {
		return err
	}
	if r.listings, err = loadListings(ctx, tx, wanted...); err != nil {
		return err
	}
	var stakes []stake
	for i := range r.orders {
		o := &r.orders[i]
		if l := r.listings[o.Listing]; l != nil && l.limitsOne() {
			stakes = append(stakes, stake{o.Lender, l.ID})
		}
	}
	r.staked, err = loadStakes(ctx, tx, stakes)
	return err
}

// decide answers the orders one after the other, each on what those before it
// have left. It is where time priority happens: this order, in a transaction
// that holds the listing's lock, is the committed order.
func (r *round) decide(tx *db.Tx, ids *id.Source) error {
	touched := map[ListingID]bool{}
	for i := range r.orders {
		o, result := &r.orders[i], &r.results[i]
		if result.Refusal = r.refuse(o); result.Refusal != nil {
			continue
		}
		next, err := ids.Next()
		if err != nil {
			return err
		}
		l := r.listings[o.Listing]
		w := r.wallets[o.wallet(l)]
		result.Bid = Bid{
			ID: BidID(next), Listing: l.ID, Lender: o.Lender, Wallet: w.ID, Amount: o.Amount,
			State: BidHeld, PlacedAt: tx.Now(), ChangedAt: tx.Now(),
		}
		w.Held += o.Amount.Minor()
		r.staked[stake{o.Lender, l.ID}] += o.Amount.Minor()
		reached := l.take(&result.Bid)
		l.ChangedAt, result.Funded = tx.Now(), l.Funded
		r.bids = append(r.bids, &result.Bid)
		r.told.bid(TopicBidPlaced, l, result.Bid.ID)
		if !touched[l.ID] {
			touched[l.ID] = true
			r.touched = append(r.touched, l)
		}
		if reached {
			if err := l.fund(r.on, tx.Now()); err != nil {
				return err
			}
			r.told.listing(TopicListingFunded, l)
		}
	}
	return nil
}

// refuse says why an order cannot be taken, nil when it can.
func (r *round) refuse(o *BidOrder) error {
	err := o.Actor.RequireSelf(int64(o.Lender), access.CustomerAct)
	if errors.Is(err, access.ErrNotYours) {
		return customer.ErrNotFound
	}
	if err != nil {
		return err
	}
	l := r.listings[o.Listing]
	if l == nil || !l.State.Published() {
		return ErrNotFound
	}
	lender, known := r.lenders[o.Lender]
	if !known {
		return customer.ErrNotFound
	}
	if err := lender.MayLend(); err != nil {
		return err
	}
	if err := l.accept(o.Lender, o.Amount, r.staked[stake{o.Lender, l.ID}], r.on); err != nil {
		return err
	}
	w := r.wallets[o.wallet(l)]
	switch {
	case w == nil || w.Available() < o.Amount.Minor():
		return ledger.ErrInsufficient
	case w.State == ledger.Frozen:
		return ledger.ErrFrozen
	case w.State == ledger.Closed:
		return ledger.ErrClosed
	}
	return nil
}

// post holds the money of every bid. What was decided may go on only as a whole:
// a bid that falls away would have left room for another.
func (r *round) post(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	commands := make([]ledger.Command, 0, len(r.bids))
	for _, b := range r.bids {
		hold := ledger.PostBidHold(int64(b.ID), b.Wallet, b.Amount, noEnd)
		commands = append(commands, hold...)
	}
	results, err := ledger.Post(ctx, tx, ids, commands)
	if err != nil {
		return err
	}
	for i := range results {
		if results[i].Err != nil {
			return db.Again("a wallet moved under a decision")
		}
	}
	return nil
}

// noEnd: a hold does not expire by itself. The listing has a last day, and its
// end releases the bid and the hold together.
var noEnd time.Time

// wallet is the account that an order is paid from.
func (o *BidOrder) wallet(l *Listing) ledger.NewAccount {
	return ledger.NewAccount{
		Kind: ledger.Wallet, Currency: l.Principal.Currency(), OwnerID: int64(o.Lender),
	}
}

func (r *round) lenderIDs() []customer.ID {
	all := make([]customer.ID, len(r.orders))
	for i := range r.orders {
		all[i] = r.orders[i].Lender
	}
	return unique(all)
}

func (r *round) listingIDs() []ListingID {
	all := make([]ListingID, len(r.orders))
	for i := range r.orders {
		all[i] = r.orders[i].Listing
	}
	return unique(all)
}

func unique[T ~int64](all []T) []T {
	slices.Sort(all)
	return slices.Compact(all)
}

func numbers[T ~int64](all []T) []int64 {
	n := make([]int64, len(all))
	for i, v := range all {
		n[i] = int64(v)
	}
	return n
}

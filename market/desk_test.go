package market

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/idem"
	"openlend/ledger"
)

// The desk beside the race for a hot listing.
func TestDesk(t *testing.T) {
	t.Parallel()
	eachFair(t, func(f *fair) {
		f.sub("deskKeys", deskKeys)
		f.sub("refusedKeyIsGoodAgain", refusedKeyIsGoodAgain)
		f.sub("cancelAgainstFund", cancelAgainstFund)
		f.sub("oneWalletManyListings", oneWalletManyListings)
	})
}

// desk opens a desk that answers with the bid's id and what was funded after it.
func (f *fair) desk(group int) *Desk {
	f.Helper()
	d := NewDesk(f.db, f.ids, group, func(r BidResult) (idem.Answer, error) {
		return idem.Answer{Status: 201, Body: fmt.Sprintf(`{"bid":%q,"funded":%d}`, r.Bid.ID, r.Funded),
			ResourceID: int64(r.Bid.ID)}, nil
	})
	f.Cleanup(d.Close)
	return d
}

// request is an order under a key of its lender.
func request(key string, o BidOrder) BidRequest {
	text := fmt.Sprint(o.Lender, o.Listing, o.Amount)
	return BidRequest{idem.Request{Principal: o.Actor.Principal(), Key: key, Route: "place-bid",
		Hash: sha256.Sum256([]byte(text))}, o}
}

// 2,000 lenders at once, at three desks, on one listing that has room for 1,200 of
// them: exactly the principal is held, every loser is told why, and has what he
// had. On PostgreSQL the desks are as good as three nodes.
func TestHotListing(t *testing.T) {
	t.Parallel()
	const many, room = 2000, 1200
	eachFair(t, func(f *fair) {
		l := f.open(room*100, funding)
		lenders := f.lenders(many, 1000)
		desks := []*Desk{f.desk(0), f.desk(0), f.desk(100)}
		results := make([]idem.Result, many)
		var wg sync.WaitGroup
		for i, lender := range lenders {
			wg.Go(func() {
				r, err := desks[i%3].Do(f.Context(), request("once", order(lender, l, 100)))
				if err != nil {
					t.Error(err)
				}
				results[i] = r
			})
		}
		wg.Wait()
		won := 0
		held := f.heldBy(lenders)
		for i, r := range results {
			switch {
			case r.Refusal == nil:
				won++
				if held[lenders[i]] != 100 || r.Answer.Status != 201 {
					t.Fatalf("winner %d: %d is held, %+v", i, held[lenders[i]], r.Answer)
				}
			case !errors.Is(r.Refusal, ErrFullyFunded) || held[lenders[i]] != 0:
				t.Fatalf("loser %d: %v, %d is held", i, r.Refusal, held[lenders[i]])
			}
		}
		now := f.listing(l)
		if won != room || now.Funded != room*100 || now.State != Funded || now.Bids != room {
			t.Errorf("%d won; %s with %d of %d by %d", won, now.State, now.Funded, room*100, now.Bids)
		}
		f.mustTopics(l, TopicBidPlaced, room)
		f.mustTopics(l, TopicListingFunded, 1)
		f.sound()
	})
}

// heldBy is what each lender has on hold.
func (f *fair) heldBy(lenders []customer.ID) map[customer.ID]int64 {
	f.Helper()
	held := map[customer.ID]int64{}
	for _, a := range f.wallets(lenders) {
		held[customer.ID(a.OwnerID)] = a.Held
	}
	return held
}

// One key is one bid: in one group, in another group and by another body.
func deskKeys(f *fair) {
	t := f.T
	l := f.open(10_000, funding)
	two := f.lenders(2, 1000)
	d := f.desk(0)
	first := order(two[0], l, 100)
	group := []BidRequest{
		request("a", first), request("a", first), request("b", first),
		request("a", order(two[1], l, 100)), // another's key of the same name
		request("a", order(two[0], l, 150)),
	}
	got, err := d.DoMany(f.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case got[0].Refusal != nil || got[0].Replayed || got[2].Refusal != nil || got[3].Refusal != nil:
		t.Errorf("%+v", got)
	case got[1].Answer != got[0].Answer || !got[1].Replayed || got[2].Answer == got[0].Answer:
		t.Errorf("%+v", got)
	case !errors.Is(got[4].Refusal, idem.ErrKeyReused):
		t.Errorf("%+v", got[4])
	}
	again, err := d.DoMany(f.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if again[i].Answer != got[i].Answer || !again[i].Replayed {
			t.Errorf("%d again: %+v, not %+v", i, again[i], got[i])
		}
	}
	if now := f.listing(l); now.Bids != 3 || now.Funded != 300 {
		t.Errorf("%d bids, %d", now.Bids, now.Funded)
	}
	f.sound()
}

// A refusal keeps no key: the same one is good when the money has come.
func refusedKeyIsGoodAgain(f *fair) {
	t := f.T
	l := f.open(10_000, funding)
	lender := f.lenders(1, 99)[0]
	d := f.desk(1)
	r, err := d.Do(f.Context(), request("a", order(lender, l, 100)))
	if err != nil || !errors.Is(r.Refusal, ledger.ErrInsufficient) {
		t.Fatal(r, err)
	}
	w := f.wallet(lender)
	write(f, func(ctx context.Context, tx *db.Tx) (any, error) {
		return ledger.Post(ctx, tx, f.ids, ledger.PostDeposit(f.next(), f.bank, w.ID, eur(1)))
	})
	r, err = d.Do(f.Context(), request("a", order(lender, l, 100)))
	if err != nil || r.Refusal != nil || r.Replayed {
		t.Fatal(r, err)
	}
	f.sound()
}

// While the last bids come in, lenders take theirs back: whatever wins, the sums
// are those of the bids, and a listing that is funded has all of its principal.
func cancelAgainstFund(f *fair) {
	t := f.T
	l := f.open(6000, funding)
	early, late := f.lenders(40, 1000), f.lenders(40, 1000)
	orders := make([]BidOrder, len(early))
	for i, lender := range early {
		orders[i] = order(lender, l, 100)
	}
	placed := f.bids(orders...)
	d := f.desk(8)
	var wg sync.WaitGroup
	cancelled := make([]error, len(early))
	for i := range early {
		wg.Go(func() { _, cancelled[i] = f.cancelBid(placed[i].Bid) })
		wg.Go(func() {
			r, err := d.Do(f.Context(), request("a", order(late[i], l, 100)))
			if err != nil || r.Refusal != nil && !errors.Is(r.Refusal, ErrFullyFunded) {
				t.Error(r.Refusal, err)
			}
		})
	}
	wg.Wait()
	held := f.heldBy(early)
	for i, err := range cancelled {
		switch {
		case err == nil && held[early[i]] == 0:
		case errors.Is(err, ErrClosed) && held[early[i]] == 100:
		default:
			t.Errorf("bid %d: %v, %d is held", i, err, held[early[i]])
		}
	}
	now := f.listing(l)
	if (now.State == Funded) != (now.Funded == 6000) {
		t.Errorf("%s with %d", now.State, now.Funded)
	}
	f.sound()
}

// One wallet that is enough for 10 bids, and 30 at once on 30 listings, at three
// desks: 10 are taken, however their transactions meet.
func oneWalletManyListings(f *fair) {
	lender := f.lenders(1, 1000)[0]
	desks := []*Desk{f.desk(0), f.desk(1), f.desk(4)}
	var wg sync.WaitGroup
	var taken atomic.Int64
	for i := range 30 {
		l := f.open(500, funding)
		wg.Go(func() {
			r, err := desks[i%3].Do(f.Context(), request(fmt.Sprint("k", i), order(lender, l, 100)))
			switch {
			case err == nil && r.Refusal == nil:
				taken.Add(1)
			case err != nil || !errors.Is(r.Refusal, ledger.ErrInsufficient):
				f.Error(r.Refusal, err)
			}
		})
	}
	wg.Wait()
	if w := f.wallet(lender); taken.Load() != 10 || w.Held != 1000 {
		f.Errorf("%d bids, %d held", taken.Load(), w.Held)
	}
	f.sound()
}

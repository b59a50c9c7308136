package market

import (
	"context"
	"errors"
	"testing"
	"time"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/ledger"
)

// From any point back.
func TestUnwinding(t *testing.T) {
	t.Parallel()
	eachFair(t, func(f *fair) {
		f.sub("unwindingFromAnyPoint", unwindingFromAnyPoint)
		f.sub("refundFromEscrow", refundFromEscrow)
		f.sub("frozenWalletWaitsAlone", frozenWalletWaitsAlone)
		f.sub("manyFrozenWalletsWaitAlone", manyFrozenWalletsWaitAlone)
		f.sub("nobodyDecides", nobodyDecides)
	})
}

// filled is an open listing with so many bids of 100 by as many lenders, one
// short of its principal.
func (f *fair) filled(n int) (ListingID, []customer.ID) {
	f.Helper()
	l := f.open(int64(n+1)*100, funding)
	lenders := f.lenders(n, 1000)
	orders := make([]BidOrder, n)
	for i, lender := range lenders {
		orders[i] = order(lender, l, 100)
	}
	for i, r := range f.bids(orders...) {
		if r.Refusal != nil {
			f.Fatal(i, r.Refusal)
		}
	}
	return l, lenders
}

// mustHaveAll wants every lender to have what he came with, free.
func (f *fair) mustHaveAll(lenders []customer.ID) {
	f.Helper()
	for i, w := range f.wallets(lenders) {
		if w.Posted != 1000 || w.Held != 0 {
			f.Fatalf("lender %d has %d, %d held", i, w.Posted, w.Held)
		}
	}
}

// piece runs one piece of a saga, without the saga.
func (f *fair) piece(
	run func(context.Context, *db.Tx, ListingID) (Progress, error), l ListingID,
) Progress {
	f.Helper()
	return write(f, func(ctx context.Context, tx *db.Tx) (Progress, error) {
		return run(ctx, tx, l)
	})
}

func (f *fair) releasePiece(ctx context.Context, tx *db.Tx, l ListingID) (Progress, error) {
	return ReleaseBids(ctx, tx, f.ids, l)
}

func (f *fair) allotPiece(ctx context.Context, tx *db.Tx, l ListingID) (Progress, error) {
	return AllotBids(ctx, tx, f.ids, l)
}

// A cancelled listing releases everything once: by the saga, by pieces before it
// and again after it, in any order.
func unwindingFromAnyPoint(f *fair) {
	t := f.T
	l, lenders := f.filled(450)
	if _, err := try(f, func(ctx context.Context, tx *db.Tx) (Progress, error) {
		return f.releasePiece(ctx, tx, l)
	}); !errors.Is(err, ErrInvalidState) {
		t.Errorf("an open listing was unwound: %v", err)
	}
	mustState(f, l, Cancelled, errorOf(f.cancel(l)))
	f.sound() // while the saga waits
	if p := f.piece(f.releasePiece, l); p.Moved != 200 || f.listing(l).Funded != 25_000 {
		t.Errorf("%+v, %d left", p, f.listing(l).Funded)
	}
	f.sound()
	// As if it were killed before the commit.
	_, err := try(f, func(ctx context.Context, tx *db.Tx) (Progress, error) {
		p, err := f.releasePiece(ctx, tx, l)
		if err == nil && p.Moved == 200 {
			err = errKilled
		}
		return p, err
	})
	if !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	f.runSagas()
	f.mustHaveAll(lenders)
	for range 2 {
		if p := f.piece(f.releasePiece, l); p != (Progress{}) {
			t.Errorf("there was more: %+v", p)
		}
		f.runSagas()
	}
	if got := f.states(l); got != "450 released" {
		t.Error(got)
	}
	f.mustTopics(l, TopicListingCancelled, 1)
	f.mustTopics(l, TopicBidReleased, 450)
	f.sound()
}

var errKilled = errors.New("killed")

// A loan that is never paid out gives every share back from escrow, also when it
// is cancelled in the middle of the allotment.
func refundFromEscrow(f *fair) {
	t := f.T
	for _, pieces := range []int{0, 1, 2} {
		l, lenders := f.filled(250)
		lenders = append(lenders, f.lenders(1, 1000)[0])
		f.bid(lenders[250], l, 100)
		if _, err := f.submit(l); err != nil {
			t.Fatal(err)
		}
		mustState(f, l, Allotted, errorOf(f.release(l, Approve)))
		for range pieces {
			f.piece(f.allotPiece, l)
		}
		f.sound()
		err := f.closeListing(l)
		if pieces < 2 && !errors.Is(err, ErrInvalidState) {
			t.Errorf("closed after %d pieces: %v", pieces, err)
		}
		if pieces == 2 {
			continue // it is a loan
		}
		if pieces == 1 {
			_, err = f.cancel(l) // staff may, as it is not all shares
		} else {
			err = f.cancelAllotted(l)
		}
		mustState(f, l, Cancelled, err)
		f.runSagas()
		f.mustHaveAll(lenders)
		if now := f.listing(l); now.Funded+now.Allotted+now.Bids != 0 {
			t.Errorf("%+v", now)
		}
		f.sound()
	}
	l, lenders := f.filled(9)
	f.bid(f.lenders(1, 100)[0], l, 100)
	f.allotted(l)
	if _, err := f.cancel(l); !errors.Is(err, ErrInvalidState) {
		t.Errorf("staff cancelled what is a loan: %v", err)
	}
	_, err := try(f, func(ctx context.Context, tx *db.Tx) (any, error) {
		return nil, CancelAllotted(ctx, tx, f.ids, l, "the bank: \x00\x1b") // no reason to be stuck
	})
	mustState(f, l, Cancelled, err)
	f.runSagas()
	f.mustHaveAll(lenders)
	f.sound()
}

// A frozen wallet keeps nobody but its owner waiting, and is served when it is
// open again. Releasing a hold is no posting and does not wait.
func frozenWalletWaitsAlone(f *fair) {
	t := f.T
	l, lenders := f.filled(9)
	last := f.lenders(1, 1000)[0]
	f.bid(last, l, 100)
	f.setWallet(lenders[3], ledger.Frozen)
	f.allotted(l)
	if got := f.states(l); got != "1 held, 9 allotted" {
		t.Error(got)
	}
	f.mustTopics(l, TopicListingAllotted, 0)
	f.sound()
	f.setWallet(lenders[3], ledger.Open)
	f.clock.Advance(time.Minute)
	f.runSagas()
	if got := f.states(l); got != "10 allotted" {
		t.Error(got)
	}
	f.mustTopics(l, TopicListingAllotted, 1)

	f.setWallet(lenders[5], ledger.Frozen)
	mustState(f, l, Cancelled, f.cancelAllotted(l))
	f.runSagas()
	if got := f.states(l); got != "1 allotted, 9 released" {
		t.Error(got)
	}
	f.sound()
	f.setWallet(lenders[5], ledger.Open)
	f.clock.Advance(time.Minute)
	f.runSagas()
	f.mustHaveAll(append(lenders, last))

	held, others := f.filled(3)
	f.setWallet(others[1], ledger.Frozen)
	mustState(f, held, Cancelled, errorOf(f.cancel(held)))
	f.runSagas()
	f.mustHaveAll(others)
	f.sound()
}

// More frozen wallets than one piece takes keep nobody behind them from his money,
// neither into escrow nor back.
func manyFrozenWalletsWaitAlone(f *fair) {
	t := f.T
	const frozen = bidsAtOnce + 5
	l, lenders := f.filled(frozen)
	lenders = append(lenders, f.lenders(1, 1000)[0])
	f.bid(lenders[frozen], l, 100)
	set := func(to ledger.State) {
		for _, lender := range lenders[:frozen] {
			f.setWallet(lender, to)
		}
		f.clock.Advance(time.Hour)
	}
	set(ledger.Frozen)
	f.allotted(l)
	if got := f.states(l); got != "205 held, 1 allotted" {
		t.Error(got)
	}
	set(ledger.Open)
	f.runSagas()
	if got := f.states(l); got != "206 allotted" {
		t.Error(got)
	}
	set(ledger.Frozen)
	mustState(f, l, Cancelled, f.cancelAllotted(l))
	f.runSagas()
	if got := f.states(l); got != "205 allotted, 1 released" {
		t.Error(got)
	}
	set(ledger.Open)
	f.runSagas()
	f.mustHaveAll(lenders)
	f.sound()
}

// Nobody decides: the money is not held for ever.
func nobodyDecides(f *fair) {
	t := f.T
	l, lenders := f.filled(3)
	lenders = append(lenders, f.lenders(1, 1000)[0])
	f.bid(lenders[3], l, 100)
	if _, err := f.submit(l); err != nil {
		t.Fatal(err)
	}
	if f.expire(4); f.listing(l).State != InFinalReview {
		t.Fatal("the reviewer's time was cut short")
	}
	f.expire(5)
	mustState(f, l, Failed, nil)
	f.runSagas()
	f.mustHaveAll(lenders)
	f.mustTopics(l, TopicListingFailed, 1)
	f.sound()
}

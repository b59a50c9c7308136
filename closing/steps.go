package closing

import (
	"context"
	"errors"

	"openlend/custody"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/lease"
	"openlend/ledger"
	"openlend/market"
	"openlend/origination"
	"openlend/servicing"
)

// Steps are those of the platform, in their order: offers and listings end
// first, so that nothing new comes of them; loans are collected before they are
// aged, so that nobody is late who has the money; what waits for an account is
// tried when the day's money has reached it; the bank is compared when all has
// moved; the seal is last.
//
// ask has the bank asked for what it has not told yet, nil: nobody asks it, and
// its last word counts.
func Steps(d *db.DB, ids *id.Source, ask func(context.Context) error) []Step {
	return []Step{
		{Name: "expire-offers", Piece: expireOffers(ids)},
		{Name: "close-listings", Piece: closeListings(ids)},
		{Name: "collect-due", Items: dueLoans(d, collectDue(ids))},
		{Name: "age-loans", Items: dueLoans(d, ageLoans(ids))},
		{Name: "refund-rests", Items: refunds(d, ids)},
		{Name: "retry-held", Job: retryHeld(d, ids)},
		{Name: "expire-holds", Job: expireHolds(d, ids), Look: lookAtHolds},
		{Name: "client-money", Job: clientMoney(d, ids, ask), Look: lookAtClientMoney},
		{Name: "seal-date", Job: sealDate(d), Look: lookAtSeal, Last: true},
	}
}

// An offer is good on its last day, so the day after counts.
func expireOffers(ids *id.Source) func(context.Context, *db.Tx, Day) (Piece, error) {
	return func(ctx context.Context, tx *db.Tx, day Day) (Piece, error) {
		n, err := origination.ExpireOffers(ctx, tx, ids, day.On.Days(1))
		return Piece{Looked: int64(n), Changed: int64(n), More: n > 0}, err
	}
}

func closeListings(ids *id.Source) func(context.Context, *db.Tx, Day) (Piece, error) {
	return func(ctx context.Context, tx *db.Tx, day Day) (Piece, error) {
		n, err := market.CloseExpired(ctx, tx, ids, day.On)
		return Piece{Looked: int64(n), Changed: int64(n), More: n > 0}, err
	}
}

// dueLoans goes through the loans that have something due by the end of the
// date, and no others. A loan that is paid on the way leaves the list behind the
// place it was found at.
func dueLoans(d *db.DB, do loansFunc) *Items {
	find := func(
		ctx context.Context, tx *db.Tx, day Day, after Cursor, limit int,
	) ([]Item, error) {
		due, err := servicing.DueLoans(ctx, tx, day.On,
			servicing.Due{Loan: servicing.LoanID(after.ID), On: after.On}, limit)
		page := make([]Item, len(due))
		for i, l := range due {
			page[i] = Item{int64(l.Loan), Cursor{l.On, int64(l.Loan)}}
		}
		return page, err
	}
	return &Items{Size: loansAtOnce(d), Find: find, Do: onLoans(do)}
}

// refunds goes through the payments of which something waits to be refunded; the
// items are their loans.
func refunds(d *db.DB, ids *id.Source) *Items {
	find := func(
		ctx context.Context, tx *db.Tx, _ Day, after Cursor, limit int,
	) ([]Item, error) {
		due, err := servicing.ListRefunds(ctx, tx, servicing.PaymentID(after.ID), limit)
		page := make([]Item, len(due))
		for i, p := range due {
			page[i] = Item{int64(p.Loan), Cursor{ID: int64(p.ID)}}
		}
		return page, err
	}
	return &Items{Size: loansAtOnce(d), Find: find, Do: onLoans(
		func(ctx context.Context, tx *db.Tx, _ Day, loans []servicing.LoanID) (int, error) {
			n, err := servicing.RefundRests(ctx, tx, ids, loans)
			return min(n, len(loans)), err
		})}
}

type loansFunc = func(context.Context, *db.Tx, Day, []servicing.LoanID) (int, error)

func onLoans(do loansFunc) func(context.Context, *db.Tx, Day, []int64) (int, error) {
	return func(ctx context.Context, tx *db.Tx, day Day, items []int64) (int, error) {
		loans := make([]servicing.LoanID, len(items))
		for i, n := range items {
			loans[i] = servicing.LoanID(n)
		}
		return do(ctx, tx, day, loans)
	}
}

// loansAtOnce is how many loans one transaction takes: on SQLite everybody waits
// for it, and a payment to its holders is some hundred rows.
func loansAtOnce(d *db.DB) int {
	if d.Engine() == db.SQLite {
		return 20
	}
	return 200
}

func collectDue(ids *id.Source) loansFunc {
	return func(
		ctx context.Context, tx *db.Tx, day Day, loans []servicing.LoanID,
	) (taken int, err error) {
		collected, err := servicing.CollectDue(ctx, tx, ids, loans, day.On)
		for _, c := range collected {
			if c.Payment != 0 {
				taken++
			}
		}
		return taken, err
	}
}

func ageLoans(ids *id.Source) loansFunc {
	return func(
		ctx context.Context, tx *db.Tx, day Day, loans []servicing.LoanID,
	) (int, error) {
		return servicing.AgeLoans(ctx, tx, ids, loans, day.On)
	}
}

// retryHeld tries what waited for somebody's account. What cannot be done now is
// no reason to keep the date open: a service tries it again all day.
func retryHeld(d *db.DB, ids *id.Source) func(context.Context, Day) (Piece, error) {
	return func(ctx context.Context, _ Day) (Piece, error) {
		err := servicing.Sweep(ctx, d, ids)
		if err != nil && isItems(err) {
			return Piece{Did: notDone{short(err.Error())}}, nil
		}
		return Piece{}, err
	}
}

type notDone struct {
	Why string `json:"not_done"`
}

func expireHolds(d *db.DB, ids *id.Source) func(context.Context, Day) (Piece, error) {
	return func(ctx context.Context, _ Day) (Piece, error) {
		n, err := ledger.ExpireHolds(ctx, d, ids)
		return Piece{Looked: int64(n), Changed: int64(n)}, err
	}
}

func lookAtHolds(ctx context.Context, tx *db.Tx, _ Day) (Piece, error) {
	n, err := countExpiredHolds(ctx, tx)
	return Piece{Looked: n, Changed: n}, err
}

// position is client money of one currency in the report, in minor units.
type position struct {
	Currency   string `json:"currency"`
	Books      int64  `json:"books"`
	InTransit  int64  `json:"in_transit"`
	Bank       int64  `json:"bank"`
	Difference int64  `json:"difference"`
	AskedAt    string `json:"asked_at"`
}

// positions is what the step reports.
type positions struct {
	Positions []position `json:"positions"`
	NotAsked  string     `json:"not_asked,omitempty"` // why the bank's last word is old
}

// clientMoney compares each currency and keeps what it has found: a difference
// freezes payouts. A bank that does not answer does not keep the date open; the
// report says so, and the poller compares again when it does.
func clientMoney(
	d *db.DB, ids *id.Source, ask func(context.Context) error,
) func(context.Context, Day) (Piece, error) {
	return func(ctx context.Context, _ Day) (Piece, error) {
		var said positions
		if ask != nil {
			err := ask(ctx)
			if err != nil && !errors.Is(err, lease.ErrHeld) { // held: the poller asks all the time
				said.NotAsked = short(err.Error())
			}
		}
		found, err := db.Read(ctx, d, findPositions)
		if err != nil {
			return Piece{}, err
		}
		for _, p := range found {
			keep := func(ctx context.Context, tx *db.Tx) (custody.Position, error) {
				return custody.RecordPosition(ctx, tx, ids, p)
			}
			_, err := db.Write(ctx, d, keep)
			if err != nil {
				return Piece{}, err
			}
		}
		return tell(found, said), nil
	}
}

func lookAtClientMoney(ctx context.Context, tx *db.Tx, _ Day) (Piece, error) {
	found, err := findPositions(ctx, tx)
	return tell(found, positions{NotAsked: "dry run"}), err
}

// findPositions compares every currency whose balance the bank has told.
func findPositions(ctx context.Context, tx *db.Tx) ([]custody.Position, error) {
	accounts, err := custody.Accounts(ctx, tx)
	if err != nil {
		return nil, err
	}
	var found []custody.Position
	for _, a := range accounts {
		p, err := custody.ClientMoney(ctx, tx, a.Currency)
		switch {
		case errors.Is(err, custody.ErrNoPosition):
			continue
		case err != nil:
			return nil, err
		}
		found = append(found, p)
	}
	return found, nil
}

func tell(found []custody.Position, said positions) Piece {
	said.Positions = []position{}
	piece := Piece{Looked: int64(len(found))}
	for _, p := range found {
		if p.Difference != 0 {
			piece.Changed++ // payouts are frozen
		}
		said.Positions = append(said.Positions, position{
			Currency: string(p.Currency), Books: p.Books, InTransit: p.InTransit, Bank: p.Bank,
			Difference: p.Difference, AskedAt: p.AskedAt.Format(timeFormat),
		})
	}
	piece.Did = said
	return piece
}

const timeFormat = "2006-01-02T15:04:05Z"

func sealDate(d *db.DB) func(context.Context, Day) (Piece, error) {
	return func(ctx context.Context, day Day) (Piece, error) {
		return Piece{Did: sealed{day.On.String()}}, ledger.SealDate(ctx, d, day.On)
	}
}

type sealed struct {
	Through string `json:"sealed_through"`
}

func lookAtSeal(_ context.Context, _ *db.Tx, day Day) (Piece, error) {
	return Piece{Did: sealed{day.On.String()}}, nil
}

package servicing

import (
	"context"
	"errors"
	"time"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/loan"
	"openlend/market"
	"openlend/money"
)

// lockLoanRow locks a loan, and with it all that belongs to it: its events,
// payments and notes change under this lock only.
var lockLoanRow = db.LockClass{Rank: 60, Table: "servicing_loan", Key: "id"}

const (
	selectLoanColumns = `SELECT id, listing_id, borrower_id, wallet_id, collection_id, product,
		product_version, currency, principal, fee, rate, method, instalments, auto_collect, state,
		start_on, as_of_on, outstanding, arrears, held, earned, next_due_on, days_past_due,
		versions, notes, restructured_on, opened_at, changed_at
		FROM servicing_loan `

	selectLoans = selectLoanColumns + `WHERE id IN (:ids) ORDER BY id`

	selectLoanOfListing = selectLoanColumns + `WHERE listing_id = $1`

	selectLoanPage = selectLoanColumns + `WHERE id < $1 AND ($2 = '' OR state = $2)
		AND days_past_due >= $3 ORDER BY id DESC LIMIT $4`

	selectLoanPageOf = selectLoanColumns + `WHERE borrower_id = $5 AND id < $1
		AND ($2 = '' OR state = $2) AND days_past_due >= $3 ORDER BY id DESC LIMIT $4`
)

var (
	insertLoanRow = &db.Insert{Table: "servicing_loan", Columns: []string{
		"id", "listing_id", "borrower_id", "wallet_id", "collection_id", "product",
		"product_version", "currency", "principal", "fee", "rate", "method", "instalments",
		"auto_collect", "state", "start_on", "as_of_on", "outstanding", "arrears", "held",
		"earned", "next_due_on", "days_past_due", "versions", "notes", "restructured_on",
		"opened_at", "changed_at"}}

	updateLoanRow = &db.Update{Table: "servicing_loan", Keys: []string{"id"}, Set: []string{
		"state", "start_on", "as_of_on", "outstanding", "arrears", "held", "earned",
		"next_due_on", "days_past_due", "versions", "notes", "restructured_on", "changed_at"}}
)

func scanLoan(s db.Scanner) (*Loan, error) {
	var l Loan
	var currency, method, state, start, asOf, due, restructured string
	var opened, changed int64
	err := s.Scan((*int64)(&l.ID), (*int64)(&l.Listing), (*int64)(&l.Borrower),
		(*int64)(&l.Wallet), (*int64)(&l.Collection), &l.Product, &l.ProductVersion, &currency,
		&l.Principal, &l.Fee, (*int64)(&l.Rate), &method, &l.Instalments, &l.AutoCollect, &state,
		&start, &asOf, &l.Outstanding, &l.Arrears, &l.Held, &l.Earned, &due, &l.DaysPastDue,
		&l.Versions, &l.Notes, &restructured, &opened, &changed)
	if err != nil {
		return nil, err
	}
	l.Currency, l.Method, l.State = money.Currency(currency), loan.Method(method), State(state)
	l.OpenedAt, l.ChangedAt = instant(opened), instant(changed)
	for _, d := range []struct {
		date *calendar.Date
		text string
	}{{&l.StartOn, start}, {&l.AsOf, asOf}, {&l.NextDueOn, due},
		{&l.RestructuredOn, restructured}} {
		if *d.date, err = dateOrNone(d.text); err != nil {
			return nil, err
		}
	}
	return &l, nil
}

// loadLoans loads loans by id; missing ones are absent.
func loadLoans(ctx context.Context, tx *db.Tx, ids []int64) ([]*Loan, error) {
	return db.ManyByID(ctx, tx, scanLoan, selectLoans, ids)
}

// loadLoan loads one loan. Refusal: ErrNotFound.
func loadLoan(ctx context.Context, tx *db.Tx, id LoanID) (*Loan, error) {
	found, err := loadLoans(ctx, tx, []int64{int64(id)})
	if err == nil && len(found) == 0 {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// loadLoanOfListing loads the loan of a listing. Refusal: ErrNotFound.
func loadLoanOfListing(
	ctx context.Context, tx *db.Tx, listing market.ListingID,
) (Loan, error) {
	l, err := db.One(ctx, tx, scanLoan, selectLoanOfListing, int64(listing))
	if err != nil {
		return Loan{}, notFound(err, ErrNotFound)
	}
	return *l, nil
}

// insertLoans writes new loans.
func insertLoans(ctx context.Context, tx *db.Tx, loans ...*Loan) error {
	return tx.InsertMany(ctx, insertLoanRow, len(loans), func(i int, r *db.Row) {
		l := loans[i]
		r.Int(int64(l.ID))
		r.Int(int64(l.Listing))
		r.Int(int64(l.Borrower))
		r.Int(int64(l.Wallet))
		r.Int(int64(l.Collection))
		r.Text(l.Product)
		r.Int(l.ProductVersion)
		r.Text(string(l.Currency))
		r.Int(l.Principal)
		r.Int(l.Fee)
		r.Int(int64(l.Rate))
		r.Text(string(l.Method))
		r.Int(int64(l.Instalments))
		r.Bool(l.AutoCollect)
		l.writeState(r, tx.Now().UnixMicro(), true)
	})
}

// updateLoans writes what changes in loans, which are sorted by id.
func updateLoans(ctx context.Context, tx *db.Tx, loans []*Loan) error {
	_, err := tx.UpdateMany(ctx, updateLoanRow, len(loans), func(i int, r *db.Row) {
		r.Int(int64(loans[i].ID))
		loans[i].writeState(r, tx.Now().UnixMicro(), false)
	})
	return err
}

func (l *Loan) writeState(r *db.Row, now int64, opened bool) {
	r.Text(string(l.State))
	r.Text(dateText(l.StartOn))
	r.Text(dateText(l.AsOf))
	r.Int(l.Outstanding)
	r.Int(l.Arrears)
	r.Int(l.Held)
	r.Int(l.Earned)
	r.Text(dateText(l.NextDueOn))
	r.Int(int64(l.DaysPastDue))
	r.Int(l.Versions)
	r.Int(l.Notes)
	r.Text(dateText(l.RestructuredOn))
	if opened {
		r.Int(now)
	}
	r.Int(now)
}

// GetLoan reads a loan as it stood at the end of AsOf. Refusal: ErrNotFound.
func GetLoan(ctx context.Context, tx *db.Tx, id LoanID) (Loan, error) {
	l, err := loadLoan(ctx, tx, id)
	if err != nil {
		return Loan{}, err
	}
	return *l, nil
}

func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

func dateText(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func dateOrNone(text string) (calendar.Date, error) {
	if text == "" {
		return 0, nil
	}
	return calendar.ParseDate(text)
}

func notFound(err, refusal error) error {
	if errors.Is(err, db.ErrNotFound) {
		return refusal
	}
	return err
}

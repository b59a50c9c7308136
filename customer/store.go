package customer

import (
	"time"

	"openlend/internal/db"
)

// The newest published versions are looked up with the customer: publishing asks
// everybody to accept anew without touching a row of theirs.
const (
	customerColumns = `SELECT id, kind, status, borrower, lender, country, registered_at,
		COALESCE(verified_at, 0), borrow_terms, lend_terms,
		(SELECT COALESCE(MAX(version), 0) FROM customer_terms WHERE kind = 'borrow'),
		(SELECT COALESCE(MAX(version), 0) FROM customer_terms WHERE kind = 'lend')
		FROM customer `

	selectCustomer     = customerColumns + `WHERE id = $1`
	selectCustomers    = customerColumns + `WHERE id IN (:ids)`
	selectCustomerPage = customerColumns + `WHERE (status = $1 OR $1 = '') AND id < $2
		ORDER BY id DESC LIMIT $3`
)

func scanCustomer(s db.Scanner) (c Customer, err error) {
	var registered, verified int64
	err = s.Scan((*int64)(&c.ID), (*string)(&c.Kind), (*string)(&c.Status), &c.Borrower, &c.Lender,
		&c.Country, &registered, &verified, &c.BorrowTerms, &c.LendTerms,
		&c.newestBorrow, &c.newestLend)
	c.RegisteredAt, c.VerifiedAt = instant(registered), instant(verified)
	return c, err
}

// instant reads a column of microseconds, in which 0 stands for never.
func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

var insertCustomer = &db.Insert{
	Table: "customer",
	Columns: []string{"id", "kind", "status", "borrower", "lender", "country", "registered_at",
		"verified_at", "borrow_terms", "lend_terms"},
}

func fillCustomer(c *Customer, r *db.Row) {
	r.Int(int64(c.ID))
	r.Text(string(c.Kind))
	r.Text(string(c.Status))
	r.Bool(c.Borrower)
	r.Bool(c.Lender)
	r.Text(c.Country)
	r.Int(c.RegisteredAt.UnixMicro())
	r.NullInt()
	r.Int(c.BorrowTerms)
	r.Int(c.LendTerms)
}

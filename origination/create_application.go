package origination

import (
	"context"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// NewApplication is what a borrower asks for, of which product.
type NewApplication struct {
	Borrower customer.ID
	Product  string // its code
	Request  Request
}

// CreateApplication opens a draft under the product that is in force today.
// Refusals: access.ErrForbidden, customer.ErrNotFound (another customer), those
// of Customer.MayBorrow, ErrProductNotFound, those of Product.Accepts,
// ErrOpenApplications.
func CreateApplication(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewApplication,
) (Application, error) {
	err := own(actor, in.Borrower, access.CustomerAct, customer.ErrNotFound)
	if err != nil {
		return Application{}, err
	}
	if err := mayBorrow(ctx, tx, in.Borrower); err != nil {
		return Application{}, err
	}
	p, err := productToday(ctx, tx, in.Product)
	if err != nil {
		return Application{}, err
	}
	if err := p.Accepts(&in.Request); err != nil {
		return Application{}, err
	}
	if err := countAlone(ctx, tx, in.Borrower); err != nil {
		return Application{}, err
	}
	open, err := openApplications(ctx, tx, in.Borrower)
	if err != nil {
		return Application{}, err
	}
	if open >= int64(p.Rules.MaxOpenApplications) {
		return Application{}, ErrOpenApplications
	}
	n, err := ids.Next()
	if err != nil {
		return Application{}, err
	}
	a := Application{
		ID: ApplicationID(n), Borrower: in.Borrower, Product: p.Code, ProductVersion: p.Version,
		Request: in.Request, State: Draft, CreatedAt: tx.Now().UTC(), ChangedAt: tx.Now().UTC(),
	}
	return a, storeNewApplication(ctx, tx, &a)
}

// productToday is the version in force on the business date.
func productToday(ctx context.Context, tx *db.Tx, code string) (*Product, error) {
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return nil, err
	}
	return CurrentProduct(ctx, tx, code, dates.BusinessOn)
}

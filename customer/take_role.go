package customer

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
)

// NewRole says what a customer wants to do from now on, besides what he does.
type NewRole struct {
	Customer ID
	Borrower bool
	Lender   bool
}

// TakeRole lets a customer borrow, lend or both; a role is never taken back, since
// loans and shares stay his.
//
// Refusals: ErrNotFound, access.ErrForbidden, ErrRole.
func TakeRole(ctx context.Context, tx *db.Tx, actor access.Actor, in NewRole) (Customer, error) {
	if err := mayAct(actor, in.Customer, access.CustomerAct); err != nil {
		return Customer{}, err
	}
	if !in.Borrower && !in.Lender {
		return Customer{}, ErrRole
	}
	c, err := lock(ctx, tx, in.Customer)
	if err != nil {
		return Customer{}, err
	}
	c.Borrower, c.Lender = c.Borrower || in.Borrower, c.Lender || in.Lender
	return c, storeRoles(ctx, tx, &c)
}

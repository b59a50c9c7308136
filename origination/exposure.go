package origination

import (
	"context"
	"time"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/money"
)

// ExposureState says what an accepted offer has become, as the rooms further
// down tell it. They keep the truth; this is what the next decision looks at.
type ExposureState string

// The states of an exposure. News may move it from any to any.
const (
	ExposureFunding    ExposureState = "funding" // accepted, not paid out yet
	ExposureActive     ExposureState = "active"
	ExposureLate       ExposureState = "late"
	ExposureDefault    ExposureState = "default"
	ExposureChargedOff ExposureState = "charged_off"
	ExposureRepaid     ExposureState = "repaid"
	ExposureCancelled  ExposureState = "cancelled" // nothing was lent
)

// Exposure is what a borrower owes, or is going to owe, on an accepted offer.
type Exposure struct {
	Offer           OfferID
	Borrower        customer.ID
	Product         string
	Principal       money.Amount
	Outstanding     int64 // principal when its state last changed; all of it before it is paid out
	State           ExposureState
	MostDaysPastDue int64 // the worst it ever was
	Defaulted       bool  // ever
	ChangedAt       time.Time

	listing int64 // that the market made of the offer; 0: not heard of yet
}

// open says whether the loan is still to be paid back.
func (e *Exposure) open() bool {
	return e.State != ExposureRepaid && e.State != ExposureCancelled
}

// history sums up what is known of the borrower of an application, whose
// borrower is counted alone. Volume is read without a lock: two borrowers who
// are decided on at once may pass the product's limit by one loan.
func history(ctx context.Context, tx *db.Tx, a *Application, p *Product) (History, error) {
	var h History
	all, err := loadExposures(ctx, tx, a.Borrower)
	if err != nil {
		return History{}, err
	}
	for i := range all {
		e := &all[i]
		h.MostDaysPastDue = max(h.MostDaysPastDue, e.MostDaysPastDue)
		h.Defaulted = h.Defaulted || e.Defaulted
		if !e.open() {
			continue
		}
		h.OpenLoans++
		if e.Principal.Currency() != p.Currency {
			continue
		}
		if h.Owed, err = money.AddMinor(h.Owed, e.Outstanding); err != nil {
			return History{}, err
		}
	}
	if h.Offered, err = loadOffered(ctx, tx, a.Borrower, p.Currency, a.ID); err != nil {
		return History{}, err
	}
	h.Volume, err = loadVolume(ctx, tx, p.Code)
	return h, err
}

// ListExposures lists what a borrower owes or has owed here, the oldest first.
func ListExposures(
	ctx context.Context, tx *db.Tx, borrower customer.ID,
) ([]Exposure, error) {
	return loadExposures(ctx, tx, borrower)
}

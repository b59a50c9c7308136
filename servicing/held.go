package servicing

import (
	"time"

	"openlend/ledger"
)

// Held is a leg of a distribution that could not be posted: its account is
// frozen or closed. It waits alone and is tried again.
//
//	held ──► posted
type Held struct {
	Distribution DistributionID
	Leg          int64
	Loan         LoanID
	Customer     int64
	Account      ledger.AccountID
	Amount       int64
	Why          string
	HeldAt       time.Time
	TriedAt      time.Time
}

package servicing

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"openlend/internal/db"
	"openlend/ledger"
	"openlend/loan"
)

// Invariants are what must hold of loans and of the money on its way to their
// holders, for verify.
func Invariants() []ledger.Check {
	return []ledger.Check{
		{ID: "I10", Says: "what a customer owes the platform is the sum of the claims on him",
			Count: countClaims, Bad: badReceivables},
		{ID: "I11", Says: "a loan's outstanding is that of its active notes",
			Count: countLoans, Bad: badNotes},
		{ID: "I12", Says: "a loan's outstanding is its principal less what was paid of it",
			Count: countLoans, Bad: badOutstanding},
		{ID: "I13", Says: "what a note was paid is the sum of its shares",
			Count: countShares, Bad: badPaid},
		{ID: "I16", Says: "what was booked for a loan that was cancelled is taken back",
			Count: countLoans, Bad: badCancelled},
		{ID: "I17", Says: "the faces of a loan's notes are its principal",
			Count: countLoans, Bad: badFaces},
		{ID: "I17", Says: "a loan's principal is what left escrow, to the borrower and as fee",
			Count: countLoans, Bad: badPaidOut},
		{ID: "I18", Says: "there is no note before the bank has paid the borrower",
			Count: countLoans, Bad: badEarlyNotes},
		{ID: "I19", Says: "a payment is what it paid, what is refunded and what rests",
			Count: countPayments, Bad: badPayments},
		{ID: "I20", Says: "allocations, due amounts and the loan's columns recompute from facts",
			Recompute: recomputeLoans},
		{ID: "I21", Says: "every leg of a plan is one transfer, a claim or a wait",
			Count: countDistributions, Bad: badLegs},
		{ID: "I21", Says: "plans are as they were fixed",
			Recompute: recomputePlans},
		{ID: "I22", Says: "a collection account is what rests and what is not posted yet",
			Count: countLoans, Bad: badCollections},
		{ID: "I32", Says: "the interest of a contract is what its terms ask for",
			Recompute: recomputeInterest},
	}
}

// Causes say where the causes are kept of what the room books.
func Causes() []ledger.CauseTable {
	return []ledger.CauseTable{
		{Type: ledger.CauseRepayment, Table: "servicing_payment", Key: "id"},
		{Type: ledger.CauseDistribution, Table: "servicing_distribution", Key: "id"},
		{Type: ledger.CauseFee, Table: "servicing_distribution", Key: "id"},
		{Type: ledger.CauseReceivable, Table: "servicing_claim", Key: "id"},
		{Type: ledger.CauseReceivableWrittenOff, Table: "servicing_claim", Key: "id"},
		{Type: ledger.CauseReceivableSettled, Table: "servicing_settlement", Key: "id"},
		{Type: ledger.CauseDisbursement, Table: "servicing_loan", Key: "id"},
		{Type: ledger.CauseDisbursementSettled, Table: "servicing_loan", Key: "id"},
	}
}

// eachLoan hands every disbursed loan with its history to look, page by page.
func eachLoan(ctx context.Context, tx *db.Tx, look func(l *Loan) error) (n int64, err error) {
	const page = 200
	for after := int64(0); ; {
		ids, err := db.Values[int64](ctx, tx, selectDisbursedPage, after, page)
		if err != nil || len(ids) == 0 {
			return n, err
		}
		loans, err := loadLoans(ctx, tx, ids)
		if err != nil {
			return n, err
		}
		if err := loadHistories(ctx, tx, loans, false); err != nil {
			return n, err
		}
		for _, l := range loans {
			if err := look(l); err != nil {
				return n, err
			}
		}
		n, after = n+int64(len(loans)), ids[len(ids)-1]
	}
}

// place is a component of an instalment.
type place struct {
	instalment int
	part       loan.Component
}

// recomputeLoans replays every loan and compares what the books say of it.
func recomputeLoans(
	ctx context.Context, tx *db.Tx, bad func(key, what string),
) (int64, error) {
	return eachLoan(ctx, tx, func(l *Loan) error {
		a := &l.history.account
		stored := *l
		l.adopt(a)
		l.history = nil
		if stored.history = nil; stored != *l {
			bad(l.ID.String(), fmt.Sprintf("its row says %+v, its facts %+v", stored, *l))
		}
		sums, err := db.Many(ctx, tx, scanAllocated, selectAllocated, int64(l.ID))
		if err != nil {
			return err
		}
		booked := make(map[place]int64, len(sums))
		for _, s := range sums {
			booked[s.place] = s.minor
		}
		for i := range a.Lines {
			line := &a.Lines[i]
			for c := range line.Due {
				at := place{line.Nr, loan.Component(c)}
				paid, due := booked[at], line.Due[c]-line.Waived[c]
				delete(booked, at)
				if paid != line.Paid[c] || paid < 0 || paid > due {
					bad(l.ID.String(), fmt.Sprintf("instalment %d: %d of %d %v is booked, %d paid",
						line.Nr, paid, due, loan.Component(c), line.Paid[c]))
				}
			}
		}
		for at, minor := range booked {
			if minor != 0 {
				bad(l.ID.String(), fmt.Sprintf("%d is booked on instalment %d, which is none",
					minor, at.instalment))
			}
		}
		return nil
	})
}

// recomputeInterest makes every contract's schedule anew from its terms.
func recomputeInterest(
	ctx context.Context, tx *db.Tx, bad func(key, what string),
) (int64, error) {
	return eachLoan(ctx, tx, func(l *Loan) error {
		kept := &l.history.schedule
		made, err := loan.NewSchedule(kept.Terms)
		if err != nil {
			return err
		}
		if !slices.Equal(made.Instalments, kept.Instalments) {
			bad(l.ID.String(), fmt.Sprintf("its terms ask for %d of interest, its schedule for %d",
				made.TotalInterest(), kept.TotalInterest()))
		}
		return nil
	})
}

// recomputePlans takes the fingerprint of every plan again.
func recomputePlans(
	ctx context.Context, tx *db.Tx, bad func(key, what string),
) (n int64, err error) {
	const page = 100
	for after := int64(0); ; {
		all, err := db.Many(ctx, tx, scanDistribution, selectDistributionsAfter, after, page)
		if err != nil || len(all) == 0 {
			return n, err
		}
		for _, d := range all {
			shares, err := db.Many(ctx, tx, scanShare, selectShares, int64(d.ID), 0, d.Legs)
			if err != nil {
				return n, err
			}
			var sum int64
			for i := range shares {
				sum += shares[i].amount
			}
			if sum != d.Lenders || !bytes.Equal(d.Hash, hashOf(d, shares)) {
				bad(d.ID.String(), "its shares are not those that were fixed")
			}
		}
		n, after = n+int64(len(all)), int64(all[len(all)-1].ID)
	}
}

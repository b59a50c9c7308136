package test

import (
	"net/http"
	"testing"
)

// TestLifeOfALoan takes a loan from the application to its first repayment in
// its lenders' wallets, by nothing but requests.
func TestLifeOfALoan(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		n := p.serve(t)
		s := n.staff(t)
		borrower := s.person(t, 1, "borrower")
		ann, bob := s.person(t, 2, "lender"), s.person(t, 3, "lender")
		ann.pays(t, 2, 800_000)
		bob.pays(t, 3, 800_000)
		listing := s.listing(t, borrower, "10000.00")
		ann.refused(t, http.StatusUnprocessableEntity, "market.bid_too_small",
			"/v1/listings/"+listing+"/bids", object{"amount": money("0.01")})
		borrower.refused(t, http.StatusUnprocessableEntity, "customer.not_lender",
			"/v1/listings/"+listing+"/bids", object{"amount": money("5000.00")})
		bob.refused(t, http.StatusConflict, "ledger.insufficient",
			"/v1/listings/"+listing+"/bids", object{"amount": money("9000.00")})
		ann.post(t, "/v1/listings/"+listing+"/bids", object{"amount": money("5000.00")})
		if held := ann.balance(t, "held"); held != "5000.00" {
			t.Errorf("held: %s", held)
		}
		last := bob.post(t, "/v1/listings/"+listing+"/bids", object{"amount": money("5000.00")})
		if last.get("funded.amount") != "10000.00" {
			t.Errorf("%s", last.body)
		}
		loan := s.disbursed(t, borrower, listing)
		if a, b := ann.balance(t, "posted"), bob.balance(t, "posted"); a != "3000.00" || b != "3000.00" {
			t.Errorf("after the disbursement: %s and %s", a, b)
		}
		borrower.pays(t, 1, 100_000)
		n.mustStop(t)
		p.mustVerify(t)

		n = p.serve(t, "--cutoff", "0s")
		borrower, ann, bob = n.again(borrower), n.again(ann), n.again(bob)
		firstRepayment(t, loan, borrower, ann, bob)
		things := map[string]string{
			"customer": borrower.id, "loan": loan, "currency": "EUR", "on": today(),
			"application": borrower.get(t, "/v1/applications").get("items.0.id"),
			"offer":       borrower.get(t, "/v1/offers").get("items.0.id"),
			"payment":     borrower.get(t, "/v1/loans/"+loan+"/payments").get("items.0.id"),
			"payout":      borrower.get(t, "/v1/payouts").get("items.0.id"),
			"deposit":     borrower.get(t, "/v1/deposits").get("items.0.id"),
			"bid":         bob.get(t, "/v1/bids").get("items.0.id"),
			"code":        "standard-eur", "version": "1",
		}
		if asked := ann.seesNothing(t, things); asked < 20 {
			t.Errorf("only %d operations were asked", asked)
		}
		n.mustStop(t)
		p.mustVerify(t)
	})
}

// disbursed takes a listing that is funded up to a loan whose money has left the
// bank, and returns the loan's id.
func (s *staff) disbursed(t *testing.T, borrower *client, listing string) string {
	t.Helper()
	if state := s.underwriter.get(t, "/v1/listings/"+listing).get("state"); state != "funded" {
		t.Fatalf("the listing is %s", state)
	}
	s.underwriter.post(t, "/v1/listings/"+listing+"/submit-funding", nil)
	s.reviewer.post(t, "/v1/listings/"+listing+"/review-funding", object{"decision": "approve"})
	var loan string
	eventually(t, "the loan is paid out", func() bool {
		loans := borrower.get(t, "/v1/loans")
		loan = loans.get("items.0.id")
		return loans.get("items.0.state") == "active"
	})
	return loan
}

// firstRepayment waits until closing has caught up with today, past the first due
// date, and checks that the instalment went from the borrower's wallet to those
// of the lenders, to the cent.
func firstRepayment(t *testing.T, loan string, borrower, ann, bob *client) {
	t.Helper()
	eventually(t, "the days are closed", func() bool {
		return borrower.get(t, "/v1/business-date").get("business_on") == today()
	})
	first := borrower.get(t, "/v1/loans/"+loan+"/schedule")
	if first.get("items.0.settled") != "true" || first.get("state") != "active" {
		t.Errorf("%s", first.body)
	}
	var done answer
	eventually(t, "the payment is distributed", func() bool {
		done = borrower.get(t, "/v1/loans/"+loan+"/distributions")
		return done.get("items.0.state") == "done"
	})
	paid := borrower.get(t, "/v1/loans/"+loan+"/payments")
	instalment := cents(t, paid.get("items.0.amount.amount"))
	lenders := cents(t, done.get("items.0.lenders.amount"))
	platform := cents(t, done.get("items.0.platform.amount"))
	if paid.get("items.0.source") != "auto" || lenders+platform != instalment || lenders <= 0 {
		t.Errorf("%s: %d to lenders and %d to the platform", paid.body, lenders, platform)
	}
	a, b := cents(t, ann.balance(t, "posted"))-300_000, cents(t, bob.balance(t, "posted"))-300_000
	if a+b != lenders || a-b > 1 || b-a > 1 {
		t.Errorf("of %d cents %d and %d were paid", lenders, a, b)
	}
	if left := cents(t, borrower.balance(t, "posted")); left != 100_000-instalment {
		t.Errorf("%d cents are left of the borrower's", left)
	}
}

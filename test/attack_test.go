package test

import (
	"net/http"
	"testing"
)

// TestInsider: nobody of the platform's people makes money by saying that it has
// come. What the bank has not told is in nobody's wallet, and the books stay what
// the bank has.
func TestInsider(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		n := p.serve(t)
		s := n.staff(t)
		borrower, ann := s.person(t, 1, "borrower"), s.person(t, 2, "lender")
		ann.pays(t, 2, 100_000)
		listing := s.listing(t, borrower, "1000.00")
		ann.post(t, "/v1/listings/"+listing+"/bids", object{"amount": money("1000.00")})
		loan := "/v1/loans/" + s.disbursed(t, borrower, listing)
		borrower.pays(t, 1, 1_000)
		lent, kept := ann.balance(t, "posted"), borrower.balance(t, "posted")

		for _, insider := range []*client{s.servicer, s.treasurer} {
			for _, body := range []object{
				{"amount": money("50000.00"), "source": "bank", "rest": "refund"},
				{"amount": money("50000.00"), "rest": "refund"},
			} {
				a := insider.send(t, http.MethodPost, loan+"/payments", "", body)
				if a.status < http.StatusBadRequest {
					t.Errorf("money out of nothing: %s", a.body)
				}
			}
		}
		mischief(t, borrower, ann, loan)
		s.servicer.post(t, loan+"/default", object{"why": "a collector has it"})
		for _, insider := range []*client{s.servicer, s.treasurer} {
			insider.refused(t, http.StatusConflict, "ledger.insufficient", loan+"/recoveries",
				object{"amount": money("50000.00")})
		}
		if a, b := ann.balance(t, "posted"), borrower.balance(t, "posted"); a != lent || b != kept {
			t.Errorf("the lender has %s of %s, the borrower %s of %s", a, lent, b, kept)
		}
		if at := s.treasurer.get(t, "/v1/client-money/EUR"); at.get("difference.amount") != "0.00" {
			t.Errorf("%s", at.body)
		}
		n.mustStop(t)
		p.mustVerify(t)
	})
}

// mischief has a stranger ask for the refund of a borrower's payment, and the
// borrower pay his loan off with what is no money of it. It leaves nothing behind.
func mischief(t *testing.T, borrower, stranger *client, loan string) {
	t.Helper()
	kept := borrower.balance(t, "posted")
	waiting := borrower.post(t, loan+"/pay", object{"amount": money("1.00")}).get("id")
	refund, none := "/v1/payments/"+waiting+"/refund", "/v1/payments/pmt_0CZ8N3W5K2Q4R/refund"
	for _, path := range []string{refund, none} {
		stranger.refused(t, http.StatusNotFound, "servicing.payment.not_found", path,
			object{"why": "it is mine"})
	}
	borrower.post(t, refund, object{"why": "too early"})
	eventually(t, "it is refunded", func() bool { return borrower.balance(t, "posted") == kept })
	dollars := object{"amount": "1.00", "currency": "USD"}
	for _, total := range []object{money("-1.00"), money("0.00"), dollars} {
		a := borrower.send(t, http.MethodPost, loan+"/pay-off", "", object{"total": total})
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("a loan is paid off with %v: %d %s", total, a.status, a.body)
		}
	}
}

// TestTextsThatCannotBeKept: PostgreSQL takes no U+0000 into a text; whoever sends
// one is told so, on both engines, and nobody's fault is noted.
func TestTextsThatCannotBeKept(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		n := p.serve(t)
		s := n.staff(t)
		s.admin.refused(t, http.StatusBadRequest, "api.nul", "/v1/terms", object{
			"kind": "lend", "version": 1, "language": "e\x00", "text": "terms",
		})
		for _, path := range []string{
			"/v1/products/%00/versions", "/v1/products/%00/versions/1", "/v1/listings?grade=%00",
			"/v1/processes?kind=%00", "/v1/operations/%00",
		} {
			a := s.admin.send(t, http.MethodGet, path, "", nil)
			if a.status != http.StatusBadRequest {
				t.Errorf("GET %s: %d %s", path, a.status, a.body)
			}
		}
		n.mustStop(t)
		if text := n.log.text(); text != "" {
			t.Errorf("it was noted: %s", text)
		}
	})
}

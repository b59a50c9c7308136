package test

import (
	"net/http"
	"sync"
	"testing"
)

// TestOneKeyOneEffect: fifty requests at once under one key move money once and
// are answered alike; another request under that key is refused.
func TestOneKeyOneEffect(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		n := p.serve(t)
		s := n.staff(t)
		borrower, lender := s.person(t, 1, "borrower"), s.person(t, 2, "lender")
		lender.pays(t, 2, 1_000_000)
		listing := s.listing(t, borrower, "10000.00")
		for _, write := range []struct {
			path        string
			body, other object
			held        string
		}{
			{
				"/v1/listings/" + listing + "/bids",
				object{"amount": money("1000.00")}, object{"amount": money("1025.00")}, "1000.00",
			},
			{
				"/v1/customers/" + lender.id + "/withdrawals",
				object{"amount": money("300.00")}, object{"amount": money("301.00")}, "",
			},
		} {
			lender.fiftyAtOnce(t, write.path, write.body)
			if held := lender.balance(t, "held"); write.held != "" && held != write.held {
				t.Errorf("%s: %s is held", write.path, held)
			}
			other := lender.send(t, "POST", write.path, "k-"+write.path, write.other)
			if other.status != http.StatusUnprocessableEntity || other.get("code") != "idem.key_reused" {
				t.Errorf("%s: %d %s", write.path, other.status, other.body)
			}
		}
		eventually(t, "the withdrawal is paid once", func() bool {
			payouts := lender.get(t, "/v1/payouts")
			return payouts.get("items.0.state") == "settled" && payouts.get("items.1.id") == ""
		})
		if posted := lender.balance(t, "posted"); posted != "9700.00" {
			t.Errorf("%s is left", posted)
		}
		n.mustStop(t)
		p.mustVerify(t)
	})
}

// fiftyAtOnce sends one request fifty times under one key, and fails the test
// unless one of them has an effect and all are answered alike.
func (c *client) fiftyAtOnce(t *testing.T, path string, body object) {
	t.Helper()
	answers := make([]answer, 50)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = c.send(t, http.MethodPost, path, "k-"+path, body) })
	}
	all.Wait()
	fresh := 0
	for _, a := range answers {
		if a.status != http.StatusCreated || a.body != answers[0].body {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		if a.header.Get("Idempotency-Replayed") == "" {
			fresh++
		}
	}
	if fresh != 1 {
		t.Errorf("%s: %d of 50 were fresh", path, fresh)
	}
}

package test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// TestKilled: a process that is killed in the middle of bids has lost none that it
// acknowledged; sent again under their keys, all of them are there, once.
func TestKilled(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		n := p.serve(t)
		s := n.staff(t)
		lenders := s.crowd(t, 20, 5_000)
		borrower := s.person(t, 1000, "borrower")
		path := "/v1/listings/" + s.listing(t, borrower, "10000.00") + "/bids"

		before := make([]answer, 2*len(lenders)) // each lender bids twice
		answered := make(chan bool, len(before))
		var all sync.WaitGroup
		for i := range before {
			all.Go(func() {
				a, err := lenders[i/2].try(t, http.MethodPost, path, fmt.Sprint("bid-", i),
					object{"amount": money("25.00")})
				if err == nil {
					before[i] = a
				}
				answered <- err == nil
			})
		}
		for range 5 {
			<-answered
		}
		n.kill(t)
		all.Wait()

		n = p.serve(t)
		for i, a := range before {
			again := n.again(lenders[i/2]).send(t, http.MethodPost, path, fmt.Sprint("bid-", i),
				object{"amount": money("25.00")})
			if again.status != http.StatusCreated || a.status != 0 && a.body != again.body {
				t.Errorf("bid %d: %d %s, then %d %s", i, a.status, a.body, again.status, again.body)
			}
		}
		for _, l := range lenders {
			if held := n.again(l).balance(t, "held"); held != "50.00" {
				t.Errorf("%s holds %s", l.id, held)
			}
		}
		n.mustStop(t)
		p.mustVerify(t)
	})
}

package test

import (
	"fmt"
	"testing"
)

// staff are the platform's people of one test.
type staff struct {
	compliance, checker, underwriter, reviewer, treasurer, servicer, admin *client
}

func (n *node) staff(t *testing.T) *staff {
	t.Helper()
	return &staff{
		compliance: n.as(t, "staff:compliance/carla"), checker: n.as(t, "staff:compliance/dora"),
		underwriter: n.as(t, "staff:underwriter/ugo"), reviewer: n.as(t, "staff:reviewer/rita"),
		treasurer: n.as(t, "staff:treasurer/tom"), servicer: n.as(t, "staff:servicer/sam"),
		admin: n.as(t, "staff:admin/ada"),
	}
}

// person registers somebody and has his identity and his bank account verified.
func (s *staff) person(t *testing.T, nr int, role string) *client {
	t.Helper()
	c := s.newcomer(t, nr, role)
	c.awaitVerified(t)
	account := c.post(t, "/v1/customers/"+c.id+"/bank-accounts", object{
		"currency": "EUR", "account": "DE89370400440532013000", "holder": nameOf(nr), "country": "DE",
	})
	s.checker.post(t, "/v1/bank-accounts/"+account.get("id")+"/verify", nil)
	return c
}

// newcomer registers somebody, who hands his papers in.
func (s *staff) newcomer(t *testing.T, nr int, role string) *client {
	t.Helper()
	number := fmt.Sprintf("L01X%06d", nr)
	registered := s.compliance.post(t, "/v1/customers", object{
		"kind": "person", "borrower": role == "borrower", "lender": role == "lender",
		"name": nameOf(nr), "birth_date": "1990-12-10", "country": "DE", "national_id": number,
		"phone": "+49 30 901820", "email": "anna@example.org", "address": "1 Main Street, Berlin",
	})
	c := s.compliance.node.as(t, registered.get("id"))
	c.post(t, "/v1/customers/"+c.id+"/documents", object{
		"kind": "id_card", "number": number, "name": nameOf(nr), "birth_date": "1990-12-10",
		"issuer": "DE", "issued_on": "2020-01-01", "expires_on": "2030-01-01",
	})
	return c
}

func (c *client) awaitVerified(t *testing.T) {
	t.Helper()
	eventually(t, c.id+" is verified", func() bool {
		return c.get(t, "/v1/customers/"+c.id).get("status") == "verified"
	})
}

// nameOf writes a number as a name: the registers of the world take no digits.
func nameOf(n int) string {
	name := []byte("Anna Q")
	for ; n > 0; n /= 26 {
		name = append(name, 'a'+byte(n%26))
	}
	return string(name) + "ow"
}

// pays has somebody send money from his bank to his wallet, and waits for it.
func (c *client) pays(t *testing.T, nr int, minor int64) {
	t.Helper()
	before := c.balance(t, "posted")
	c.sends(t, nr, minor)
	eventually(t, "the deposit is credited", func() bool { return c.balance(t, "posted") != before })
}

// sends is pays without waiting.
func (c *client) sends(t *testing.T, nr int, minor int64) {
	t.Helper()
	c.node.bankDoes(t, "/sim/pay-in", object{
		"currency": "EUR", "amount": minor, "reference": "for " + c.id,
		"payer": object{
			"name": nameOf(nr), "account": "DE89370400440532013000", "country": "DE",
		},
	})
}

// balance is what a customer has in euros: posted, held or available.
func (c *client) balance(t *testing.T, which string) string {
	t.Helper()
	return c.get(t, "/v1/customers/"+c.id+"/wallets").get("items.0." + which + ".amount")
}

// bankDoes has the simulator of the bank do something.
func (n *node) bankDoes(t *testing.T, path string, body any) {
	t.Helper()
	world := &client{node: &node{url: n.bank}}
	if a := world.send(t, "POST", path, "", body); a.status/100 != 2 {
		t.Fatalf("bank %s: %d %s", path, a.status, a.body)
	}
}

// listing brings an application of a borrower up to a listing that takes bids,
// and returns its id.
func (s *staff) listing(t *testing.T, borrower *client, principal string) string {
	t.Helper()
	draft := borrower.post(t, "/v1/applications", object{
		"product": "standard-eur", "principal": money(principal), "purpose": "major_purchase",
		"method": "equal_instalments", "instalments": 36,
		"facts": object{
			"income": "4000.00", "debts": "0.00", "housing": "rent", "rent": "700.00",
			"work": "employed", "work_months": 60, "dependants": 0, "living": "600.00",
		},
	}).get("id")
	decided := borrower.post(t, "/v1/applications/"+draft+"/submit", nil)
	if decided.get("state") != "approved" {
		t.Fatalf("the application: %s", decided.body)
	}
	offers := borrower.get(t, "/v1/applications/"+draft+"/offers")
	offer := offers.get("items.0.id")
	if offer == "" {
		offer = s.underwriter.post(t, "/v1/applications/"+draft+"/offers", object{}).get("id")
	}
	borrower.post(t, "/v1/offers/"+offer+"/accept", nil)
	var listing string
	eventually(t, "the offer is listed", func() bool {
		found := s.underwriter.get(t, "/v1/listings?borrower="+borrower.id+"&state=draft")
		listing = found.get("items.0.id")
		return listing != ""
	})
	s.underwriter.post(t, "/v1/listings/"+listing+"/prepare", object{
		"title": "A car", "description": "To drive to work.",
	})
	s.reviewer.post(t, "/v1/listings/"+listing+"/review", object{"decision": "publish"})
	return listing
}

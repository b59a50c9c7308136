package api

import (
	"openlend/customer"
)

// Customer is a person or a company; who he is stands in his identity alone.
type Customer struct {
	ID           ID[customer.ID] `json:"id"`
	Kind         string          `json:"kind"`
	Status       string          `json:"status" doc:"new, verified or frozen"`
	Borrower     bool            `json:"borrower"`
	Lender       bool            `json:"lender"`
	Country      string          `json:"country" doc:"That issued the national id."`
	BorrowTerms  int64           `json:"borrow_terms" doc:"Newest version accepted; 0 is none."`
	LendTerms    int64           `json:"lend_terms" doc:"Newest version accepted; 0 is none."`
	RegisteredAt Instant         `json:"registered_at"`
	VerifiedAt   Instant         `json:"verified_at,omitzero"`
}

func (c Customer) resource() int64 { return int64(c.ID.Value) }

func customerOf(c customer.Customer) Customer {
	return Customer{
		ID: idOf(c.ID), Kind: string(c.Kind), Status: string(c.Status), Borrower: c.Borrower,
		Lender: c.Lender, Country: c.Country, BorrowTerms: c.BorrowTerms, LendTerms: c.LendTerms,
		RegisteredAt: Instant(c.RegisteredAt), VerifiedAt: Instant(c.VerifiedAt),
	}
}

func customerID(c customer.Customer) customer.ID { return c.ID }

// Contact is how a customer is reached.
type Contact struct {
	Phone   string `json:"phone" maxLength:"64" doc:"+, country code, number." example:"+49 30 901820"`
	Email   string `json:"email" maxLength:"254" example:"ada@example.org"`
	Address string `json:"address" maxLength:"1200" example:"1 Main Street, Berlin"`
}

func (c *Contact) contact() customer.Contact {
	return customer.Contact{Phone: c.Phone, Email: c.Email, Address: c.Address}
}

// Identity is who a customer is. It is never in a stored answer.
type Identity struct {
	Name       string `json:"name" maxLength:"560" example:"Ada Lovelace"`
	BirthDate  Date   `json:"birth_date" doc:"Of a company: the day it was founded."`
	Country    string `json:"country" minLength:"2" maxLength:"2" doc:"ISO 3166-1, that issued the national id." example:"DE"`
	NationalID string `json:"national_id" maxLength:"64" doc:"Of a company: its register number." example:"L01X00T47"`
	Contact
}

func (i *Identity) identity() customer.Identity {
	return customer.Identity{
		Name: i.Name, BirthOn: i.BirthDate.Value, Country: i.Country, NationalID: i.NationalID,
		Contact: i.contact(),
	}
}

func identityOf(i customer.Identity) Identity {
	return Identity{
		Name: i.Name, BirthDate: dateOf(i.BirthOn), Country: i.Country, NationalID: i.NationalID,
		Contact: Contact{Phone: i.Phone, Email: i.Email, Address: i.Address},
	}
}

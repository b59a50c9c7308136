package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/money"
)

func (s *server) addBankAccount() {
	write(s, huma.Operation{
		OperationID: "add-bank-account", Path: "/v1/customers/{customer}/bank-accounts",
		Tags: inCustomers, DefaultStatus: http.StatusCreated, Summary: "Add a bank account",
		Description: "In the customer's own name, one for each currency. It is verified before it " +
			"is used, and then cools off.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
		Body     struct {
			Currency string `json:"currency" minLength:"3" maxLength:"3" example:"EUR"`
			Account  string `json:"account" maxLength:"64" doc:"An IBAN, or the number as it is used in that country." example:"DE89370400440532013000"`
			Holder   string `json:"holder" maxLength:"560" example:"Ada Lovelace"`
			Country  string `json:"country" minLength:"2" maxLength:"2" example:"DE"`
		}
	}) (BankAccount, error) {
		b := &in.Body
		asked := customer.NewBankAccount{
			Customer: in.Customer.Value, Currency: money.Currency(b.Currency),
			BankDetails: customer.BankDetails{
				Account: b.Account, Holder: b.Holder, Country: b.Country,
			},
		}
		added, err := customer.AddBankAccount(ctx, tx, s.IDs, s.Vault, actor, asked)
		return bankAccountOf(added), err
	})
}

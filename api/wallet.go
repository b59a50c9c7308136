package api

import (
	"openlend/ledger"
	"openlend/money"
)

// Wallet is a customer's money in one currency.
type Wallet struct {
	Currency  string `json:"currency"`
	Posted    Amount `json:"posted" doc:"What is his."`
	Held      Amount `json:"held" doc:"Reserved for bids and withdrawals."`
	Available Amount `json:"available" doc:"What he may spend."`
	State     string `json:"state"`
}

func walletsOf(accounts []ledger.Account) []Wallet {
	wallets := []Wallet{}
	for _, a := range accounts {
		if a.Kind == ledger.Wallet {
			wallets = append(wallets, Wallet{
				Currency: string(a.Currency), Posted: minorOf(a.Posted, a.Currency),
				Held: minorOf(a.Held, a.Currency), Available: minorOf(a.Available(), a.Currency),
				State: string(a.State),
			})
		}
	}
	return wallets
}

// StatementRow is one movement of a wallet.
type StatementRow struct {
	Transfer   ID[ledger.TransferID] `json:"transfer"`
	Cause      string                `json:"cause" doc:"What it was for." example:"distribution"`
	Reversal   bool                  `json:"reversal" doc:"It takes an earlier one back."`
	Amount     Amount                `json:"amount" doc:"Above zero when the balance grew."`
	Balance    Amount                `json:"balance" doc:"After it."`
	BookedAt   Instant               `json:"booked_at"`
	BusinessOn Date                  `json:"business_on"`
}

// Statement is one page of a wallet's movements.
type Statement struct {
	Items []StatementRow `json:"items" nullable:"false"`
	Next  string         `json:"next,omitempty" doc:"Send it as after for the next page."`
}

func statementOf(page ledger.StatementPage) Statement {
	shown := Statement{Items: make([]StatementRow, len(page.Rows)), Next: page.Next}
	for i, r := range page.Rows {
		shown.Items[i] = StatementRow{
			Transfer: idOf(r.Transfer), Cause: r.Cause.Type,
			Reversal: r.Entry == ledger.EntryReversal,
			Amount:   amountOf(r.Amount), Balance: amountOf(r.Balance),
			BookedAt: instantOf(r.BookedAt), BusinessOn: dateOf(r.BusinessOn),
		}
	}
	return shown
}

// walletIn names a customer's wallet.
func walletIn(owner int64, currency string) ledger.NewAccount {
	return ledger.NewAccount{
		Kind: ledger.Wallet, OwnerID: owner, Currency: money.Currency(currency),
	}
}

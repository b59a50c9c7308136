package ledger

import "openlend/money"

// Causes of tax. The id is the withholding, or the payment to the authority.
const (
	CauseTax     = "tax"
	CauseTaxPaid = "tax_paid"
)

// PostTax withholds tax on what a customer has earned. It stays at the clients'
// bank until it is paid.
//
//	debit wallet or collection   credit tax_withheld
//
// Servicing calls it beside a distribution.
func PostTax(withholding int64, from, taxWithheld AccountID, amount money.Amount) []Command {
	return []Command{move(Cause{CauseTax, withholding}, from, taxWithheld, amount)}
}

// PostTaxPaid pays it to the authority.
//
//	debit tax_withheld   credit bank_clients
//
// Custody calls it when the bank's statement shows the payment.
func PostTaxPaid(payment int64, taxWithheld, bank AccountID, amount money.Amount) []Command {
	return []Command{move(Cause{CauseTaxPaid, payment}, taxWithheld, bank, amount)}
}

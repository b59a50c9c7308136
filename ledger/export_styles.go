package ledger

import (
	"strconv"

	"openlend/money"
)

// styles are the formats.
var styles = map[Format]style{
	Hledger: {
		head: "; The journal of an openlend ledger: debits are positive, credits negative.\n" +
			"decimal-mark .\n",
		currency: hledgerCurrency, account: hledgerAccount, entry: hledgerEntry,
	},
	Beancount: {
		head:    "; The journal of an openlend ledger: debits are positive, credits negative.\n",
		account: beancountAccount, entry: beancountEntry,
	},
	CSV: {
		head: "transfer,business_on,booked_at,entry,cause_type,cause_id,leg,reverses," +
			"debit,credit,amount,currency\n",
		entry: csvEntry,
	},
}

func join(b []byte, parts ...string) []byte {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// hledgerCurrency shows how amounts of a currency are written: the mark stands
// even where no digits follow it (https://hledger.org/hledger.html, "commodity
// directive").
func hledgerCurrency(b []byte, c money.Currency, exponent int) []byte {
	return join(b, "commodity 1000.", "000000"[:exponent], " ", string(c), "\n")
}

func hledgerAccount(b []byte, a *journalAccount) []byte {
	return join(b, "account ", a.name, "\n")
}

func hledgerEntry(b []byte, e *journalEntry) []byte {
	b = join(b, "\n", e.BusinessOn, " * (", e.ID.String(), ") ", e.what,
		"  ; cause:", e.what, " ", number(e.Cause.ID), ", leg:", number(e.Leg))
	if of := e.reverses(); of != 0 {
		b = join(b, ", reverses:", of.String())
	}
	b = join(b, ", entry:", string(e.Entry), ", booked:", e.bookedAt(), "\n")
	b = join(b, "    ", e.debit, "  ", e.amount, " ", string(e.Currency), "\n")
	return join(b, "    ", e.credit, "  -", e.amount, " ", string(e.Currency), "\n")
}

// beancountName turns a name into a legal one: parts begin with a capital or a
// digit and hold letters, digits and hyphens
// (https://beancount.github.io/docs/beancount_language_syntax.html, "Accounts").
func beancountName(b []byte, name string) []byte {
	begins := true
	for i := range len(name) {
		c := name[i]
		switch {
		case begins && c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case c == '_':
			c = '-'
		}
		begins = c == ':'
		b = append(b, c)
	}
	return b
}

func beancountAccount(b []byte, a *journalAccount) []byte {
	b = join(b, a.firstOn, " open ")
	return join(beancountName(b, a.name), " ", string(a.currency), "\n")
}

func beancountEntry(b []byte, e *journalEntry) []byte {
	b = join(b, "\n", e.BusinessOn, ` * "`, e.what, `"`)
	if e.Entry == EntryReversal {
		b = join(b, " #reversal")
	}
	b = join(b, " ^", e.ID.String(), "\n  cause: \"", e.what, " ", number(e.Cause.ID),
		"\"\n  leg: ", number(e.Leg), "\n")
	if of := e.reverses(); of != 0 {
		b = join(b, "  reverses: \"", of.String(), "\"\n")
	}
	b = join(b, "  booked: \"", e.bookedAt(), "\"\n  ")
	b = join(beancountName(b, e.debit), "  ", e.amount, " ", string(e.Currency), "\n  ")
	return join(beancountName(b, e.credit), "  -", e.amount, " ", string(e.Currency), "\n")
}

// csvEntry writes cells that no spreadsheet takes for a formula: names and
// numbers above zero, which never need quotes.
func csvEntry(b []byte, e *journalEntry) []byte {
	reverses := ""
	if of := e.reverses(); of != 0 {
		reverses = of.String()
	}
	return join(b, e.ID.String(), ",", e.BusinessOn, ",", e.bookedAt(), ",", string(e.Entry), ",",
		e.what, ",", number(e.Cause.ID), ",", number(e.Leg), ",", reverses, ",",
		e.debit, ",", e.credit, ",", e.amount, ",", string(e.Currency), "\n")
}

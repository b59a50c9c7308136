package money

import "strings"

// Currency is an ISO 4217 alphabetic code, upper case.
type Currency string

// Currencies named in code and tests; any code of the table may be used.
const (
	EUR Currency = "EUR"
	USD Currency = "USD"
	GBP Currency = "GBP"
	CNY Currency = "CNY"
	INR Currency = "INR"
	JPY Currency = "JPY"
	KWD Currency = "KWD"
)

// ParseCurrency accepts an ISO 4217 code that is in use. Refusal: ErrCurrency.
func ParseCurrency(s string) (Currency, error) {
	c := Currency(s)
	if _, ok := c.Exponent(); !ok {
		return "", ErrCurrency.With("%q", s)
	}
	return c, nil
}

// Exponent returns how many decimals the minor unit has (JPY 0, EUR 2, KWD 3)
// and whether the currency is in the table.
func (c Currency) Exponent() (int, bool) {
	exp, ok := exponents[c]
	return int(exp), ok
}

// exponents is ISO 4217 list one (national currencies in use, January 2026),
// without funds codes, metals, units of account and test codes.
var exponents = buildExponents()

func buildExponents() map[Currency]int8 {
	table := make(map[Currency]int8, 160)
	for decimals, codes := range map[int8]string{
		0: `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF`,
		2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD
			CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
			GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT
			LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
			NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK
			SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD
			UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
		3: `BHD IQD JOD KWD LYD OMR TND`,
	} {
		for code := range strings.FieldsSeq(codes) {
			table[Currency(code)] = decimals
		}
	}
	return table
}

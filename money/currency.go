package money

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
		return "", ErrCurrency
	}
	return c, nil
}

// Exponent returns how many decimals the minor unit has (JPY 0, EUR 2, KWD 3)
// and whether the currency is in the table.
func (c Currency) Exponent() (int, bool) {
	exp, ok := exponents[c]
	return int(exp), ok
}

// exponents is ISO 4217 list one (active national currencies), funds codes,
// metals and test codes left out.
var exponents = buildExponents()

func buildExponents() map[Currency]int8 {
	const (
		zero  = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
		two   = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
		three = "BHD IQD JOD KWD LYD OMR TND"
	)
	table := make(map[Currency]int8, 160)
	for exp, codes := range map[int8]string{0: zero, 2: two, 3: three} {
		for i := 0; i+3 <= len(codes); i += 4 {
			table[Currency(codes[i:i+3])] = exp
		}
	}
	return table
}

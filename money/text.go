package money

import (
	"strconv"
	"strings"
)

// Parse reads a plain decimal ("1234.5", "-0.01") as an amount of c: ASCII
// digits, at most one "-" before them, and a "." only between digits. More
// decimals than the currency has are refused, never rounded, even when they are
// zeros. "-0" is zero.
// Refusals: ErrSyntax, ErrPrecision, ErrOverflow, ErrCurrency.
func Parse(s string, c Currency) (Amount, error) {
	exp, ok := c.Exponent()
	if !ok {
		return Amount{}, ErrCurrency
	}
	m, err := parseDecimal(s, exp)
	if err != nil {
		return Amount{}, err
	}
	return Amount{m, c}, nil
}

// ParseRate reads a plain decimal such as "0.12" or "-0.005" with at most nine
// decimals, by the rules of Parse. Refusals: ErrSyntax, ErrPrecision, ErrOverflow.
func ParseRate(s string) (Rate, error) {
	v, err := parseDecimal(s, rateDecimals)
	return Rate(v), err
}

// Decimal prints the number alone with the currency's decimals: "1234.50".
func (a Amount) Decimal() string {
	exp, _ := a.currency.Exponent()
	return formatDecimal(a.minor, exp)
}

// String prints number and currency: "1234.50 EUR". Zero of no currency is "0".
func (a Amount) String() string {
	if a.currency == "" {
		return a.Decimal()
	}
	return a.Decimal() + " " + string(a.currency)
}

// MarshalText makes an Amount travel as String prints it.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText wrote. Refusals: those of Parse.
func (a *Amount) UnmarshalText(text []byte) error {
	number, code, _ := strings.Cut(string(text), " ")
	if code == "" && number == "0" {
		*a = Amount{}
		return nil
	}
	v, err := Parse(number, Currency(code))
	*a = v
	return err
}

// String prints the rate as a decimal without trailing zeros: "0.12".
func (r Rate) String() string {
	return strings.TrimRight(strings.TrimRight(formatDecimal(int64(r), rateDecimals), "0"), ".")
}

// MarshalText makes a Rate travel as String prints it.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what ParseRate reads. Refusals: those of ParseRate.
func (r *Rate) UnmarshalText(text []byte) error {
	v, err := ParseRate(string(text))
	*r = v
	return err
}

// parseDecimal reads a decimal as an integer in units of 10^-decimals.
func parseDecimal(s string, decimals int) (int64, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if !allDigits(whole) || point && !allDigits(fraction) {
		return 0, ErrSyntax
	}
	if len(fraction) > decimals {
		return 0, ErrPrecision
	}
	all := whole + fraction + strings.Repeat("0", decimals-len(fraction))
	if negative {
		all = "-" + all
	}
	v, err := strconv.ParseInt(all, 10, 64)
	if err != nil { // only its size can be wrong by now
		return 0, ErrOverflow
	}
	return v, nil
}

// allDigits says whether s is one ASCII digit or more.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// formatDecimal prints an integer in units of 10^-decimals.
func formatDecimal(v int64, decimals int) string {
	s := strconv.FormatUint(magnitude(v), 10)
	if pad := decimals + 1 - len(s); pad > 0 {
		s = strings.Repeat("0", pad) + s
	}
	if decimals > 0 {
		s = s[:len(s)-decimals] + "." + s[len(s)-decimals:]
	}
	if v < 0 {
		s = "-" + s
	}
	return s
}

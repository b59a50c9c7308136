package money

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// anyMinor draws amounts of all sizes, the ends of int64 often.
func anyMinor() *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.Int64(),
		rapid.Int64Range(-1_000_000, 1_000_000),
		rapid.SampledFrom([]int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, math.MaxInt64}),
	)
}

func anyCurrency() *rapid.Generator[Currency] {
	return rapid.SampledFrom([]Currency{EUR, USD, GBP, CNY, INR, JPY, KWD})
}

// check says whether an operation returned the exact result, or refused it as an
// overflow exactly when it is no int64.
func check(t *rapid.T, what string, got int64, err error, exact *big.Int) {
	t.Helper()
	if !exact.IsInt64() {
		if !errors.Is(err, ErrOverflow) || got != 0 {
			t.Fatalf("%s = %d, %v; exactly %s, want ErrOverflow", what, got, err, exact)
		}
		return
	}
	if err != nil || got != exact.Int64() {
		t.Fatalf("%s = %d, %v; want %s", what, got, err, exact)
	}
}

func TestAddAndSubAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyMinor().Draw(t, "a"), anyMinor().Draw(t, "b")
		c := anyCurrency().Draw(t, "currency")
		x, y := big.NewInt(a), big.NewInt(b)
		sum, err := New(a, c).Add(New(b, c))
		check(t, "a+b", sum.Minor(), err, new(big.Int).Add(x, y))
		difference, err := New(a, c).Sub(New(b, c))
		check(t, "a-b", difference.Minor(), err, new(big.Int).Sub(x, y))
		negative, err := New(a, c).Neg()
		check(t, "-a", negative.Minor(), err, new(big.Int).Neg(x))
		order, err := New(a, c).Cmp(New(b, c))
		if err != nil || order != x.Cmp(y) || New(a, c).Sign() != x.Sign() ||
			New(a, c).IsZero() != (a == 0) {
			t.Fatalf("%d against %d: %d, %v", a, b, order, err)
		}
	})
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		a, b     int64
		sum, sub bool // whether they fit
	}{
		{math.MaxInt64, 1, false, true},
		{math.MaxInt64, -1, true, false},
		{math.MinInt64, -1, false, true},
		{math.MinInt64, 1, true, false},
		{0, math.MinInt64, true, false},
		{-1, math.MinInt64, false, true},
		{math.MinInt64, math.MinInt64, false, true},
		{math.MaxInt64, math.MinInt64, true, false},
	} {
		if _, err := AddMinor(c.a, c.b); (err == nil) != c.sum {
			t.Errorf("%d + %d: %v", c.a, c.b, err)
		}
		if _, err := SubMinor(c.a, c.b); (err == nil) != c.sub {
			t.Errorf("%d - %d: %v", c.a, c.b, err)
		}
	}
}

func TestCurrenciesDoNotMix(t *testing.T) {
	euro, dollar, nothing := New(100, EUR), New(100, USD), Amount{}
	for _, pair := range [][2]Amount{{euro, dollar}, {euro, nothing}, {nothing, dollar}} {
		_, add := pair[0].Add(pair[1])
		_, sub := pair[0].Sub(pair[1])
		_, cmp := pair[0].Cmp(pair[1])
		for _, err := range []error{add, sub, cmp} {
			if !errors.Is(err, ErrCurrencyMismatch) {
				t.Errorf("%s and %s: %v, want ErrCurrencyMismatch", pair[0], pair[1], err)
			}
		}
	}
}

func TestRoundTo(t *testing.T) {
	for _, c := range []struct {
		minor, multiple int64
		r               Rounding
		want            int64
	}{
		{162_356, 100, HalfEven, 162_400},
		{162_350, 100, HalfEven, 162_400},
		{162_450, 100, HalfEven, 162_400},
		{162_450, 100, HalfUp, 162_500},
		{162_401, 100, Up, 162_500},
		{162_499, 100, Down, 162_400},
		{-162_450, 100, HalfUp, -162_500},
		{-162_499, 100, Down, -162_400},
		{33_380, 500, HalfUp, 33_500}, // MROUND(333.8, 5)
		{49, 100, HalfUp, 0},
		{7, 1, HalfUp, 7},
	} {
		got, err := New(c.minor, EUR).RoundTo(c.multiple, c.r)
		if err != nil || got != New(c.want, EUR) {
			t.Errorf("%d to %d, %s: %s, %v; want %d", c.minor, c.multiple, c.r, got, err, c.want)
		}
	}
	if _, err := New(math.MaxInt64, EUR).RoundTo(10, Up); !errors.Is(err, ErrOverflow) {
		t.Errorf("rounded up past the largest amount: %v", err)
	}
	for _, multiple := range []int64{0, -1} {
		if _, err := New(1, EUR).RoundTo(multiple, Up); !errors.Is(err, ErrDivisor) {
			t.Errorf("to a multiple of %d: %v, want ErrDivisor", multiple, err)
		}
	}
}

func TestMulRate(t *testing.T) {
	tenth, _ := ParseRate("0.1")
	if got, err := New(1_005, EUR).MulRate(tenth, HalfEven); err != nil || got != New(100, EUR) {
		t.Errorf("10 %% of 10.05 = %s, %v", got, err)
	}
	if got, err := New(1_005, EUR).MulRate(tenth, HalfUp); err != nil || got != New(101, EUR) {
		t.Errorf("10 %% of 10.05, half up = %s, %v", got, err)
	}
	if _, err := New(math.MaxInt64, EUR).MulRate(2*One, Down); !errors.Is(err, ErrOverflow) {
		t.Errorf("twice the largest amount: %v", err)
	}
}

func TestCurrency(t *testing.T) {
	for c, want := range map[Currency]int{
		EUR: 2, USD: 2, GBP: 2, CNY: 2, INR: 2, JPY: 0, KWD: 3, "CLP": 0, "TND": 3, "XCG": 2,
	} {
		if got, ok := c.Exponent(); !ok || got != want {
			t.Errorf("%s has %d decimals, %v; want %d", c, got, ok, want)
		}
	}
	for _, s := range []string{
		"", "eur", "EU", "EURO", "ＥＵＲ", "€", " EUR", // not codes
		"XXX", "XTS", "XAU", "XDR", "CLF", "USN", // no money of a country
		"DEM", "HRK", "BGN", "SLL", "ZWL", "ANG", "CUC", // no longer in use
	} {
		if _, err := ParseCurrency(s); !errors.Is(err, ErrCurrency) {
			t.Errorf("ParseCurrency(%q): %v, want ErrCurrency", s, err)
		}
		if _, err := Parse("1", Currency(s)); !errors.Is(err, ErrCurrency) {
			t.Errorf("an amount of %q: %v, want ErrCurrency", s, err)
		}
	}
	for code := range exponents {
		if c, err := ParseCurrency(string(code)); err != nil || len(c) != 3 {
			t.Errorf("the table has %q: %v", code, err)
		}
	}
}

// TestTravelsAsText: in JSON an amount, a rate and a rounding are strings that
// come back as they were, never floats.
func TestTravelsAsText(t *testing.T) {
	type document struct {
		Amount   Amount
		Rate     Rate
		Rounding Rounding
	}
	rapid.Check(t, func(t *rapid.T) {
		in := document{
			Amount:   New(anyMinor().Draw(t, "minor"), anyCurrency().Draw(t, "currency")),
			Rate:     Rate(anyMinor().Draw(t, "rate")),
			Rounding: Rounding(rapid.IntRange(0, 3).Draw(t, "rounding")),
		}
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out document
		if err := json.Unmarshal(text, &out); err != nil || out != in {
			t.Fatalf("%s came back as %v, %v", text, out, err)
		}
	})
	text, err := json.Marshal(document{New(123_450, EUR), 120_000_000, HalfUp})
	const want = `{"Amount":"1234.50 EUR","Rate":"0.12","Rounding":"half_up"}`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
	var none document
	if text, err := json.Marshal(none); err != nil || json.Unmarshal(text, &none) != nil ||
		none != (document{}) {
		t.Errorf("nothing came back as %v, %v", none, err)
	}
	for _, bad := range []string{`{"Amount":12.5}`, `{"Amount":"12.5"}`, `{"Amount":"12.5 EUR "}`,
		`{"Amount":""}`, `{"Rate":0.12}`, `{"Rate":"12%"}`, `{"Rounding":"nearest"}`} {
		if err := json.Unmarshal([]byte(bad), &none); err == nil {
			t.Errorf("%s was read as %v", bad, none)
		}
	}
}

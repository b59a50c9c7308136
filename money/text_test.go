package money

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text     string
		currency Currency
		minor    int64
		printed  string
	}{
		{"1234.5", EUR, 123_450, "1234.50 EUR"},
		{"-0.01", EUR, -1, "-0.01 EUR"},
		{"0", EUR, 0, "0.00 EUR"},
		{"-0", EUR, 0, "0.00 EUR"},
		{"-0.00", EUR, 0, "0.00 EUR"},
		{"007", EUR, 700, "7.00 EUR"},
		{"100", JPY, 100, "100 JPY"},
		{"-7", JPY, -7, "-7 JPY"},
		{"1.234", KWD, 1_234, "1.234 KWD"},
		{"0.005", KWD, 5, "0.005 KWD"},
		{"92233720368547758.07", EUR, math.MaxInt64, "92233720368547758.07 EUR"},
		{"-92233720368547758.08", EUR, math.MinInt64, "-92233720368547758.08 EUR"},
		{strings.Repeat("0", 1_000) + "1", EUR, 100, "1.00 EUR"},
	} {
		got, err := Parse(c.text, c.currency)
		if err != nil || got != New(c.minor, c.currency) || got.String() != c.printed {
			t.Errorf("Parse(%q, %s) = %s, %v; want %s", c.text, c.currency, got, err, c.printed)
		}
	}
}

// notPlain are the ways in which a number can be written that is not ours.
var notPlain = []string{
	"", " ", ".", "-", "-.", "1.", ".5", "-.5", "1.-5", "1..5", "1.2.3", "+1", "--1", "-+1", "- 1",
	" 1", "1 ", "1\n", "1,00", "1,000.00", "1'000", "1_000", "1e5", "1E5", "0x10", "NaN",
	"nan", "Inf", "-Inf", "infinity", "one", "１２３", "1２", "٣", "½", "1.０",
	"€1", "1 EUR", "(1)", "−1", "1-", "\x00", "1\x00", "\xff", "0b1", "1/2", "%", "1%",
}

func TestParseRefuses(t *testing.T) {
	for _, s := range notPlain {
		if got, err := Parse(s, EUR); !errors.Is(err, ErrSyntax) || got != (Amount{}) {
			t.Errorf("Parse(%q) = %s, %v; want ErrSyntax", s, got, err)
		}
		if got, err := ParseRate(s); !errors.Is(err, ErrSyntax) || got != 0 {
			t.Errorf("ParseRate(%q) = %s, %v; want ErrSyntax", s, got, err)
		}
	}
	for s, c := range map[string]Currency{"0.001": EUR, "1.000": EUR, "1.0": JPY, "1.2345": KWD} {
		if _, err := Parse(s, c); !errors.Is(err, ErrPrecision) {
			t.Errorf("Parse(%q, %s): %v, want ErrPrecision", s, c, err)
		}
	}
	for _, s := range []string{"92233720368547758.08", "-92233720368547758.09",
		"9223372036854775807", strings.Repeat("9", 100_000)} {
		if _, err := Parse(s, EUR); !errors.Is(err, ErrOverflow) {
			t.Errorf("Parse(%.30q): %v, want ErrOverflow", s, err)
		}
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]Rate{
		"0.12": 120_000_000, "-0.005": -5_000_000, "1": One, "0.000000001": 1, "36.5": 36_500_000_000,
		"-0": 0, "9223372036.854775807": math.MaxInt64,
	} {
		got, err := ParseRate(text)
		if err != nil || got != want || text != "-0" && got.String() != text {
			t.Errorf("ParseRate(%q) = %s (%d), %v; want %d", text, got, got, err, want)
		}
	}
	for text, want := range map[string]error{
		"0.0000000001": ErrPrecision, "0.1200000000": ErrPrecision,
		"9223372036.854775808": ErrOverflow, "10000000000": ErrOverflow,
	} {
		if _, err := ParseRate(text); !errors.Is(err, want) {
			t.Errorf("ParseRate(%q): %v, want %v", text, err, want)
		}
	}
	for r, want := range map[Rate]string{0: "0", One: "1", 100 * One: "100", -One / 2: "-0.5",
		math.MinInt64: "-9223372036.854775808"} {
		if r.String() != want {
			t.Errorf("%d parts per billion print as %q, want %q", int64(r), r.String(), want)
		}
	}
}

func TestPrintedIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := New(anyMinor().Draw(t, "minor"), anyCurrency().Draw(t, "currency"))
		if back, err := Parse(a.Decimal(), a.Currency()); err != nil || back != a {
			t.Fatalf("%s came back as %s, %v", a, back, err)
		}
		r := Rate(a.Minor())
		if back, err := ParseRate(r.String()); err != nil || back != r {
			t.Fatalf("%s came back as %s, %v", r, back, err)
		}
	})
}

// FuzzParse: no text makes the parsers panic; what they take has only digits, one
// sign and one point, and prints back to an equal value.
func FuzzParse(f *testing.F) {
	for _, s := range notPlain {
		f.Add(s)
	}
	for _, s := range []string{"0", "-0", "1234.5", "-0.01", "0.12", "92233720368547758.07"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRate(s)
		if err == nil {
			plain(t, s)
			if back, err := ParseRate(r.String()); err != nil || back != r {
				t.Errorf("%q is %d, printed %s, read %d, %v", s, r, r, back, err)
			}
		} else if r != 0 {
			t.Errorf("%q: %v and yet %d", s, err, r)
		}
		for _, c := range []Currency{JPY, EUR, KWD} {
			a, err := Parse(s, c)
			if err != nil {
				if a != (Amount{}) {
					t.Errorf("%q: %v and yet %s", s, err, a)
				}
				continue
			}
			plain(t, s)
			if back, err := Parse(a.Decimal(), c); err != nil || back != a {
				t.Errorf("%q is %s, read %s, %v", s, a, back, err)
			}
		}
	})
}

// plain says whether a text that was taken is one that may be.
func plain(t *testing.T, s string) {
	t.Helper()
	rest := strings.TrimPrefix(s, "-")
	if strings.Trim(rest, "0123456789.") != "" || strings.Count(rest, ".") > 1 ||
		strings.HasPrefix(rest, ".") || strings.HasSuffix(rest, ".") || rest == "" {
		t.Errorf("%q was taken", s)
	}
}

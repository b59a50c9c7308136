package loan_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"openlend/loan"
	"openlend/refusal"
)

// dataFiles returns the copy of a published table in testdata and, where the
// shared folder lies beside the repository, the original, which may be newer.
func dataFiles(t *testing.T, name string) []string {
	t.Helper()
	files := []string{"testdata/" + name}
	if shared := "../../shared/data/loanmath/" + name; fileExists(shared) {
		files = append(files, shared)
	}
	return files
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

// number reads a JSON number or string without going through a float.
func number(t *testing.T, n json.Number) decimal.Decimal {
	t.Helper()
	d, err := decimal.Parse(n.String())
	if err != nil {
		t.Fatalf("%s: %v", n, err)
	}
	return d
}

func float(t *testing.T, d decimal.Decimal) float64 {
	t.Helper()
	f, ok := d.Float64()
	if !ok {
		t.Fatalf("%v is no float", d)
	}
	return f
}

// TestAPRRegulationZ: the examples of appendix J (c)(1)-(c)(6), to the two
// decimals of a percent that the law prints.
func TestAPRRegulationZ(t *testing.T) {
	for _, file := range dataFiles(t, "regz_appendix_j.json") {
		var data struct {
			Cases []struct {
				ID      string
				Advance json.Number
				Series  []struct {
					Amount   json.Number
					Count    int
					Periods  int `json:"first_full_unit_periods"`
					Fraction json.Number
				}
				PerYear  json.Number `json:"unit_periods_per_year"`
				Expected json.Number `json:"expected_apr_pct_2dp"`
			}
		}
		readJSON(t, file, &data)
		if len(data.Cases) < 9 {
			t.Fatalf("%s: %d cases", file, len(data.Cases))
		}
		for _, c := range data.Cases {
			var payments []loan.UnitSeries
			for _, s := range c.Series {
				payments = append(payments, loan.UnitSeries{
					Amount: number(t, s.Amount), Count: s.Count,
					Period: s.Periods, Fraction: number(t, s.Fraction),
				})
			}
			advances := []loan.UnitSeries{{Amount: number(t, c.Advance), Count: 1}}
			apr, err := loan.APR(advances, payments, number(t, c.PerYear))
			if err != nil {
				t.Errorf("%s: %v", c.ID, err)
				continue
			}
			percent, err := apr.Mul(dec("100"))
			if err != nil {
				t.Fatal(err)
			}
			if want := number(t, c.Expected); !percent.Round(2).Equal(want) {
				t.Errorf("%s: APR %v %%, printed %v %%", c.ID, percent, want)
			}
		}
	}
}

// TestAPRSolvesItsEquation: for advances and payments of any shape the rate
// that comes back makes both sides of the appendix J equation equal.
func TestAPRSolvesItsEquation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		series := rapid.Custom(func(t *rapid.T) loan.UnitSeries {
			return loan.UnitSeries{
				Amount:   decimal.MustNew(rapid.Int64Range(1_00, 100_000_00).Draw(t, "amount"), 2),
				Count:    rapid.IntRange(1, 40).Draw(t, "count"),
				Period:   rapid.IntRange(0, 30).Draw(t, "period"),
				Fraction: decimal.MustNew(rapid.Int64Range(0, 999).Draw(t, "fraction"), 3),
			}
		})
		advances := rapid.SliceOfN(series, 1, 3).Draw(t, "advances")
		payments := rapid.SliceOfN(series, 1, 5).Draw(t, "payments")
		perYear := decimal.MustNew(rapid.Int64Range(10, 3650).Draw(t, "per year"), 1)
		apr, err := loan.APR(advances, payments, perYear)
		if err != nil {
			if refusal.Code(err) != "loan.no_root" {
				t.Fatal(err)
			}
			return
		}
		w, _ := perYear.Float64()
		i, _ := apr.Float64()
		i /= w
		value := func(i float64) (sum, size float64) {
			for sign, list := range map[float64][]loan.UnitSeries{1: advances, -1: payments} {
				for _, s := range list {
					amount, _ := s.Amount.Float64()
					f, _ := s.Fraction.Float64()
					for k := range s.Count {
						v := amount / (1 + f*i) / math.Pow(1+i, float64(s.Period+k))
						sum, size = sum+sign*v, size+v
					}
				}
			}
			return sum, size
		}
		if i < -0.9 {
			return // twelve decimals are too few to judge by
		}
		if sum, size := value(i); math.Abs(sum) > 1e-8*size {
			t.Fatalf("APR %v: the sides differ by %g of %g", apr, sum, size)
		}
	})
}

func TestAPRRefusals(t *testing.T) {
	one := func(amount string, count, period int, fraction string) []loan.UnitSeries {
		return []loan.UnitSeries{{Amount: dec(amount), Count: count, Period: period,
			Fraction: dec(fraction)}}
	}
	good := one("5000", 1, 0, "0")
	for _, c := range []struct {
		name               string
		advances, payments []loan.UnitSeries
		perYear            string
		code, field        string
	}{
		{"no payments", good, nil, "12", "loan.no_root", ""},
		{"nothing at all", nil, nil, "12", "loan.no_root", ""},
		{"repaid at once", good, one("5000", 1, 0, "0"), "12", "loan.no_root", ""},
		{"no periods", good, good, "0", "loan.periods_per_year", "periods_per_year"},
		{"negative", one("-1", 1, 0, "0"), good, "12", "loan.series_amount", "advances[0].amount"},
		{"none", good, one("1", 0, 1, "0"), "12", "loan.series_count", "payments[0].count"},
		{"too many", good, one("1", 100_000, 1, "0"), "12", "loan.series_count", "payments[0].count"},
		{"before", good, one("1", 1, -1, "0"), "12", "loan.unit_periods", "payments[0].period"},
		{"whole", good, one("1", 1, 1, "1"), "12", "loan.fraction", "payments[0].fraction"},
		{"below", good, one("1", 1, 1, "-0.1"), "12", "loan.fraction", "payments[0].fraction"},
	} {
		apr, err := loan.APR(c.advances, c.payments, dec(c.perYear))
		checkRefusal(t, c.name, apr, err, c.code, c.field)
	}
}

func checkRefusal(t *testing.T, name string, got any, err error, code, field string) {
	t.Helper()
	refused, ok := errors.AsType[*refusal.Error](err)
	if !ok {
		t.Errorf("%s: got %v, %v; want refusal %s", name, got, err, code)
	} else if refused.Code != code || refused.Field != field {
		t.Errorf("%s: refused %s in %q, want %s in %q", name, refused.Code, refused.Field, code, field)
	}
}

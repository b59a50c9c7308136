package loan_test

import (
	"math"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"openlend/calendar"
	"openlend/loan"
	"openlend/refusal"
)

// TestXIRRSamples: the samples of pyxirr, each within 1e-8 of its printed rate
// or with |XNPV| < 0.001 (flows that turn more than once have several rates,
// and null there means that library found none).
func TestXIRRSamples(t *testing.T) {
	for _, file := range dataFiles(t, "xirr_samples.json") {
		var data struct {
			Cases []struct {
				Name     string
				Flows    [][2]any
				Expected *float64 `json:"expected_xirr"`
			}
		}
		readJSON(t, file, &data)
		if len(data.Cases) < 25 {
			t.Fatalf("%s: %d cases", file, len(data.Cases))
		}
		for _, c := range data.Cases {
			var flows []loan.DatedFlow
			for _, f := range c.Flows {
				amount, err := decimal.NewFromFloat64(f[1].(float64))
				if err != nil {
					t.Fatal(err)
				}
				on := calendar.MustParseDate(f[0].(string))
				flows = append(flows, loan.DatedFlow{On: on, Amount: amount})
			}
			rate, err := loan.XIRR(flows, calendar.Actual365F)
			if err != nil {
				if c.Expected != nil || refusal.Code(err) != "loan.no_root" {
					t.Errorf("%s: %v", c.Name, err)
				}
				continue
			}
			if c.Expected != nil && math.Abs(float(t, rate)-*c.Expected) <= 1e-8 {
				continue
			}
			worth, err := loan.XNPV(rate, flows, calendar.Actual365F)
			if err != nil || !worth.Abs().Less(dec("0.001")) {
				t.Errorf("%s: rate %v is worth %v, %v", c.Name, rate, worth, err)
			}
		}
	}
}

// flowsOf builds one flow per amount, so many days apart.
func flowsOf(days int, amounts ...string) []loan.DatedFlow {
	var flows []loan.DatedFlow
	for n, a := range amounts {
		on := calendar.MustParseDate("2019-01-01").Days(n * days)
		flows = append(flows, loan.DatedFlow{On: on, Amount: dec(a)})
	}
	return flows
}

// TestXIRRTable: rates that can be worked out by hand.
func TestXIRRTable(t *testing.T) {
	for _, c := range []struct {
		name  string
		flows []loan.DatedFlow
		want  string
	}{
		{"a year", flowsOf(365, "-100", "110"), "0.1"},
		{"nothing earned", flowsOf(365, "-100", "100"), "0"},
		{"two years", flowsOf(730, "-100", "121"), "0.1"},
		{"a day", flowsOf(1, "-100", "101"), "36.7834343328872"},          // 1.01^365 - 1
		{"a day, a tenth", flowsOf(1, "-100", "110"), "1283305580313352"}, // 1.1^365 - 1
		{"nearly all lost", flowsOf(365, "-1000000000", "0.01"), "-0.99999999999"},
		{"last to first", []loan.DatedFlow{
			{calendar.MustParseDate("2020-01-01"), dec("110")},
			{calendar.MustParseDate("2019-01-01"), dec("-100")},
		}, "0.1"},
		{"borrowed", flowsOf(365, "100", "-110"), "0.1"},
		{"zeros around", flowsOf(365, "0", "-100", "0", "121", "0"), "0.1"},
		{"one day added up", append(flowsOf(365, "-60", "110"),
			loan.DatedFlow{calendar.MustParseDate("2019-01-01"), dec("-40")}), "0.1"},
		{"two rates, 10 % and 20 %", flowsOf(365, "-100", "230", "-132"), "0.1"},
		{"two rates, 300 % and 400 %", flowsOf(365, "-1", "9", "-20"), "3"},
		{"one double rate", flowsOf(365, "-100", "220", "-121"), "0.1"},
		{"two rates in one step", flowsOf(365, "-100", "220.1", "-121.11"), "0.1"},
		{"in a century", flowsOf(36500, "-1", "13780.6123398222"), "0.1"},
	} {
		rate, err := loan.XIRR(c.flows, calendar.Actual365F)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		off := math.Abs(float(t, rate) - float(t, dec(c.want)))
		exact := 1e-13 * max(1, float(t, dec(c.want)))
		if c.name == "one double rate" {
			exact = 1e-7 // the square root of float64's precision
		}
		if off > exact {
			t.Errorf("%s: %v, want %v", c.name, rate, c.want)
		}
	}
}

func TestXIRRRefusals(t *testing.T) {
	for _, c := range []struct {
		name  string
		flows []loan.DatedFlow
	}{
		{"none", nil},
		{"only paid", flowsOf(365, "-100", "-10")},
		{"only zeros", flowsOf(365, "0", "0")},
		{"one day", flowsOf(0, "-100", "110")},
		{"one day, cancelled", flowsOf(0, "-100", "100")},
		{"never worth nothing", flowsOf(365, "-100", "100", "-100")},
		{"nearly a double rate", flowsOf(365, "-100", "219.99", "-121")},
		{"past 1e18", flowsOf(1, "-1", "2")},
		{"past -1", flowsOf(1, "-1", "0.5")},
	} {
		rate, err := loan.XIRR(c.flows, calendar.Actual365F)
		checkRefusal(t, c.name, rate, err, "loan.no_root", "")
	}
	rate, err := loan.XIRR(flowsOf(365, "-100", "110"), "actual/300")
	checkRefusal(t, "day count", rate, err, "calendar.day_count", "")
	_, err = loan.XNPV(dec("-1"), flowsOf(365, "-100", "110"), calendar.Actual365F)
	checkRefusal(t, "at -1", nil, err, "loan.no_value", "")
}

// TestXIRRDayCounts: 11 % on 365 days is more where a year has 360.
func TestXIRRDayCounts(t *testing.T) {
	flows := flowsOf(365, "-100", "110")
	for dc, want := range map[calendar.DayCount]float64{
		calendar.Actual365F:       0.1,
		calendar.Actual360:        math.Pow(1.1, 360.0/365) - 1,
		calendar.Thirty360E:       0.1,
		calendar.ActualActualISDA: 0.1,
	} {
		rate, err := loan.XIRR(flows, dc)
		if err != nil || math.Abs(float(t, rate)-want) > 1e-14 {
			t.Errorf("%s: %v, %v; want %v", dc, rate, err, want)
		}
	}
}

// TestXIRRSolvesXNPV: whatever the flows, the rate makes them worth nothing,
// the order does not matter, and flows that turn once always have a rate.
func TestXIRRSolvesXNPV(t *testing.T) {
	day := calendar.MustParseDate("2020-01-01")
	rapid.Check(t, func(t *rapid.T) {
		flows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) loan.DatedFlow {
			return loan.DatedFlow{
				On:     day.Days(rapid.IntRange(0, 5000).Draw(t, "day")),
				Amount: decimal.MustNew(rapid.Int64Range(-1e8, 1e8).Draw(t, "cents"), 2),
			}
		}), 2, 30).Draw(t, "flows")
		rate, err := loan.XIRR(flows, calendar.Actual365F)
		shuffled := rapid.Permutation(flows).Draw(t, "shuffled")
		again, errAgain := loan.XIRR(shuffled, calendar.Actual365F)
		if rate != again || refusal.Code(err) != refusal.Code(errAgain) {
			t.Fatalf("%v, %v; in another order %v, %v", rate, err, again, errAgain)
		}
		if err != nil {
			if refusal.Code(err) != "loan.no_root" {
				t.Fatal(err)
			}
			return
		}
		if rate.Less(dec("-0.2")) {
			return // over fourteen years fifteen digits are too few to judge by
		}
		worth, err := loan.XNPV(rate, flows, calendar.Actual365F)
		if err != nil || !worth.Abs().Less(dec("0.001")) {
			t.Fatalf("at %v: worth %v, %v", rate, worth, err)
		}
	})
}

// FuzzXIRR: any two flows of any size give a rate or a coded refusal.
func FuzzXIRR(f *testing.F) {
	f.Add(int32(0), "-100", int32(365), "110")
	f.Add(int32(737000), "-9999999999999999999", int32(3652058), "0.0000000000000000001")
	f.Fuzz(func(t *testing.T, day1 int32, amount1 string, day2 int32, amount2 string) {
		a1, err1 := decimal.Parse(amount1)
		a2, err2 := decimal.Parse(amount2)
		in := func(d int32) bool { return d >= 0 && calendar.Date(d) <= calendar.MaxDate }
		if err1 != nil || err2 != nil || !in(day1) || !in(day2) {
			t.Skip()
		}
		flows := []loan.DatedFlow{{calendar.Date(day1), a1}, {calendar.Date(day2), a2}}
		rate, err := loan.XIRR(flows, calendar.Actual365F)
		if err != nil && refusal.Code(err) == "" {
			t.Fatalf("%v: not a refusal", err)
		}
		if err == nil && !dec("-1").Less(rate) {
			t.Fatalf("rate %v", rate)
		}
	})
}

// BenchmarkXIRR1000 solves a loan portfolio's cash flows: 1,000 of them over
// ten years; "turning" ones change direction at random and have several rates.
func BenchmarkXIRR1000(b *testing.B) {
	day := calendar.MustParseDate("2015-01-01")
	regular := []loan.DatedFlow{{On: day, Amount: dec("-60000")}}
	turning := []loan.DatedFlow{{On: day, Amount: dec("-60000")}}
	for n := int64(1); n < 1000; n++ {
		on := day.Days(int(n * 3653 / 1000))
		regular = append(regular, loan.DatedFlow{On: on, Amount: decimal.MustNew(7000+n%977, 2)})
		cents := (n*7919%20011 - 9000) * 10
		turning = append(turning, loan.DatedFlow{On: on, Amount: decimal.MustNew(cents, 2)})
	}
	for name, flows := range map[string][]loan.DatedFlow{"regular": regular, "turning": turning} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := loan.XIRR(flows, calendar.Actual365F); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

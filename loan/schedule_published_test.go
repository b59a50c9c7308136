package loan

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"openlend/calendar"
	"openlend/money"
)

// TestScheduleInTheContract is the example in the contract of `calc schedule`,
// from Fineract: 12 December 2023, over the turn of a leap year.
func TestScheduleInTheContract(t *testing.T) {
	s, err := NewSchedule(monthly(1_000_000, 120_000_000, 6))
	check(t, err)
	want := []Instalment{
		{1, date("2024-01-12"), 162375, 10181, 837625},
		{2, date("2024-02-12"), 164042, 8514, 673583},
		{3, date("2024-03-12"), 166151, 6405, 507432},
		{4, date("2024-04-12"), 167398, 5158, 340034},
		{5, date("2024-05-12"), 169211, 3345, 170823},
		{6, date("2024-06-12"), 170823, 1736, 0},
	}
	if !slices.Equal(s.Instalments, want) {
		t.Error("\n" + sideBySide(s.Instalments, want))
	}
	if got := s.TotalInterest(); got != 35339 {
		t.Errorf("total interest %d, want 35339", got)
	}
}

// monthly is an ordinary loan in EUR that tests bend to their needs.
func monthly(principal int64, rate money.Rate, instalments int) Terms {
	return Terms{
		Principal:   money.New(principal, money.EUR),
		AnnualRate:  rate,
		Method:      EqualInstalments,
		DayCount:    calendar.ActualActual,
		Interest:    Daily,
		Start:       date("2023-12-12"),
		Every:       calendar.Period{N: 1, Unit: calendar.Month},
		Instalments: instalments,
	}
}

func date(s string) calendar.Date { return calendar.MustParseDate(s) }

// TestGoFinancialAmortization repeats two tables of razorpay/go-financial (MIT)
// in whole units. Its interest is of the unrounded balance, so that ours, of
// the rounded one, may be a unit off; the instalment may not.
func TestGoFinancialAmortization(t *testing.T) {
	reducing := monthly(1_000_000, 240_000_000, 24)
	reducing.Principal, reducing.Interest = money.New(1_000_000, money.JPY), PerPeriod
	reducing.Start = date("2020-04-15")
	flat := reducing
	flat.Method, flat.AnnualRate, flat.Instalments = Flat, 730_000_000, 30
	flat.Interest, flat.DayCount = Daily, calendar.Actual365F
	flat.Every = calendar.Period{N: 1, Unit: calendar.Day}
	cases := map[string]Terms{
		"reducing 1000000 24%pa monthly 2020-04-15..2022-04-14, rounded to whole": reducing,
		"flat 1000000 73%pa daily 2020-04-15..2020-05-14 rounded":                 flat,
	}
	b, err := os.ReadFile("testdata/go_financial_amortization.json")
	check(t, err)
	var file struct{ Cases map[string][][]any }
	check(t, json.Unmarshal(b, &file))
	for name, terms := range cases {
		s, err := NewSchedule(terms)
		check(t, err)
		rows := file.Cases[name]
		if len(rows) != len(s.Instalments) {
			t.Fatalf("%s: %d rows", name, len(rows))
		}
		for i, got := range s.Instalments {
			payment, interest := -int64(rows[i][3].(float64)), -int64(rows[i][4].(float64))
			tolerance := int64(0)
			if terms.Method == EqualInstalments {
				tolerance = 1
			}
			last := i == len(rows)-1
			if off := abs(got.Total() - payment); off > 3 || off > 0 && !last ||
				abs(got.Interest-interest) > tolerance {
				t.Errorf("%s: %v, want payment %d interest %d", name, got, payment, interest)
			}
		}
	}
}

// Facts of the file, by its README: rounding explains all but a few of the
// differences, which come of published rates that were rounded themselves.
func TestLendingClubInstalments(t *testing.T) {
	testLendingClub(t, "testdata/lendingclub_instalments.csv.gz")
	const whole = "../../shared/data/credit/lendingclub_2007_2010.csv.gz"
	if _, err := os.Stat(whole); err == nil {
		testLendingClub(t, whole)
	}
}

func testLendingClub(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	check(t, err)
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReader(f))
	check(t, err)
	in := csv.NewReader(z)
	head, err := in.Read()
	check(t, err)
	rows, within5, within6 := 0, 0, 0
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		check(t, err)
		field := func(name string) string { return row[slices.Index(head, name)] }
		rate, err := money.ParseRate(field("int_rate"))
		check(t, err)
		n, err := strconv.Atoi(strings.TrimSpace(field("term")))
		check(t, err)
		terms := monthly(cents(t, field("funded_amnt")), rate, n)
		terms.Interest = PerPeriod
		s, err := NewSchedule(terms)
		check(t, err)
		off := abs(s.Instalments[0].Total() - cents(t, field("installment")))
		rows++
		if off <= 5 {
			within5++
		}
		if off <= 6 {
			within6++
		}
	}
	t.Logf("%s: of %d instalments %d within 5 cents, %d within 6", path, rows, within5, within6)
	if 1000*within5 < 997*rows || 10000*within6 < 9995*rows || rows < 2000 {
		t.Errorf("%s: too many are off", path)
	}
}

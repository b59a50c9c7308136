package loan

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"openlend/calendar"
	"openlend/money"
	"openlend/refusal"
)

// line is an instalment by its sums: principal and interest.
type line struct{ principal, interest int64 }

// TestMethods lays out 1,000.00 at 12 % a year by every method; a month is 1 %.
func TestMethods(t *testing.T) {
	tests := []struct {
		name string
		edit func(*Terms)
		want []line
	}{
		{"equal instalments", func(*Terms) {},
			[]line{{33002, 1000}, {33332, 670}, {33666, 337}}},
		{"equal principal", func(t *Terms) { t.Method = EqualPrincipal },
			[]line{{33333, 1000}, {33333, 667}, {33334, 333}}},
		{"interest only", func(t *Terms) { t.Method = InterestOnly },
			[]line{{0, 1000}, {0, 1000}, {100000, 1000}}},
		{"bullet", func(t *Terms) { t.Method = Bullet },
			[]line{{100000, 3000}}},
		{"bullet by days", func(t *Terms) { // 90 days from 1 January
			t.Method, t.Interest, t.DayCount = Bullet, Daily, calendar.Actual365F
		}, []line{{100000, 2959}}},
		{"bullet, first month free of interest", func(t *Terms) {
			t.Method, t.InterestFreePeriods, t.GraceInterest = Bullet, 1, 1
		}, []line{{100000, 2000}}},
		{"flat", func(t *Terms) { t.Method = Flat },
			[]line{{33333, 1000}, {33333, 1000}, {33334, 1000}}},
		{"flat, last takes the rest of the interest", func(t *Terms) {
			t.Method, t.AnnualRate = Flat, 70_000_000
		}, []line{{33333, 583}, {33333, 583}, {33334, 584}}},
		{"flat by days is spread evenly", func(t *Terms) {
			t.Method, t.Interest, t.DayCount = Flat, Daily, calendar.Actual365F
		}, []line{{33333, 986}, {33333, 986}, {33334, 987}}},
		{"flat, whole units", func(t *Terms) { t.Method, t.InstalmentMultiple = Flat, 100 },
			[]line{{33300, 1000}, {33300, 1000}, {33400, 1000}}},
		{"equal instalments, whole units", func(t *Terms) { t.InstalmentMultiple = 100 },
			[]line{{33000, 1000}, {33330, 670}, {33670, 337}}},
		{"equal instalments, a multiple too coarse", func(t *Terms) { t.InstalmentMultiple = 100_000 },
			[]line{{33002, 1000}, {33332, 670}, {33666, 337}}},
		{"equal principal ignores the multiple", func(t *Terms) {
			t.Method, t.InstalmentMultiple = EqualPrincipal, 100
		}, []line{{33333, 1000}, {33333, 667}, {33334, 333}}},

		{"grace on principal", func(t *Terms) { t.GracePrincipal = 1 },
			[]line{{0, 1000}, {49751, 1000}, {50249, 502}}},
		{"grace on principal, equal principal", func(t *Terms) {
			t.Method, t.GracePrincipal = EqualPrincipal, 1
		}, []line{{0, 1000}, {50000, 1000}, {50000, 500}}},
		{"grace on principal, flat", func(t *Terms) { t.Method, t.GracePrincipal = Flat, 1 },
			[]line{{0, 1000}, {50000, 1000}, {50000, 1000}}},
		{"grace on interest keeps the instalment", func(t *Terms) { t.GraceInterest = 1 },
			[]line{{33999, 0}, {32339, 1660}, {33662, 337}}},
		{"grace on interest, equal principal", func(t *Terms) {
			t.Method, t.GraceInterest = EqualPrincipal, 2
		}, []line{{33333, 0}, {33333, 0}, {33334, 2000}}},
		{"grace on interest, interest only", func(t *Terms) {
			t.Method, t.GraceInterest = InterestOnly, 2
		}, []line{{0, 0}, {0, 0}, {100000, 3000}}},
		{"grace on interest, flat", func(t *Terms) { t.Method, t.GraceInterest = Flat, 1 },
			[]line{{33333, 0}, {33333, 2000}, {33334, 1000}}},
		{"interest-free period", func(t *Terms) { t.InterestFreePeriods = 1 },
			[]line{{33665, 0}, {33002, 663}, {33333, 333}}},
		{"interest-free period, flat", func(t *Terms) { t.Method, t.InterestFreePeriods = Flat, 1 },
			[]line{{33333, 0}, {33333, 1000}, {33334, 1000}}},
		{"all periods free of interest", func(t *Terms) { t.InterestFreePeriods = 3 },
			[]line{{33333, 0}, {33333, 0}, {33334, 0}}},

		{"a first period too long to repay anything", func(t *Terms) {
			t.FirstDue, t.AnnualRate = date("2024-01-01"), 1_200_000_000
		}, []line{{0, 120000}, {47619, 10000}, {52381, 5238}}},
	}
	for _, test := range tests {
		terms := monthly(100_000, 120_000_000, 3)
		terms.Start, terms.Interest = date("2023-01-01"), PerPeriod
		test.edit(&terms)
		s, err := NewSchedule(terms)
		check(t, err)
		var got []line
		for _, i := range s.Instalments {
			got = append(got, line{i.Principal, i.Interest})
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %v\nwant %v", test.name, got, test.want)
		}
	}
}

// TestMeasureOfPeriods looks at the interest of the first period alone, on
// 1,000,000.00 at 12 % a year.
func TestMeasureOfPeriods(t *testing.T) {
	month := calendar.Period{N: 1, Unit: calendar.Month}
	tests := []struct {
		dayCount        calendar.DayCount
		interest        InterestPer
		every           calendar.Period
		start, firstDue string
		want            int64
	}{
		// Whole months: actual days, or a twelfth.
		{calendar.Actual365F, Daily, month, "2024-01-15", "", 1_019_178},
		{calendar.Actual360, Daily, month, "2024-01-15", "", 1_033_333},
		{calendar.ActualActual, Daily, month, "2024-01-15", "", 1_016_393},
		{calendar.ActualActual, Daily, month, "2023-12-15", "", 1_017_831},     // 16/365 + 15/366
		{calendar.ActualActualISDA, Daily, month, "2023-12-15", "", 1_017_921}, // 17/365 + 14/366
		{calendar.ActualActualICMA, Daily, month, "2024-01-15", "", 1_000_000},
		{calendar.Thirty360US, Daily, month, "2024-01-31", "", 1_000_000},
		{calendar.Thirty360E, Daily, month, "2024-01-31", "", 1_000_000},
		{calendar.Actual365F, PerPeriod, month, "2024-01-15", "", 1_000_000},
		{calendar.Actual365F, PerPeriod, calendar.Period{N: 1, Unit: calendar.Year}, "2024-01-15", "",
			12_000_000},
		// An odd first period: the months it is, or the day count.
		{calendar.Actual365F, PerPeriod, month, "2024-01-15", "2024-02-01", 558_904},
		{calendar.Actual365F, PerPeriod, month, "2024-01-15", "2024-03-01", 1_512_329},
		{calendar.Actual365F, PerPeriod, month, "2024-01-15", "2024-03-15", 2_000_000},
		{calendar.Thirty360US, Daily, month, "2024-01-15", "2024-03-01", 1_533_333},
		{calendar.ActualActualICMA, Daily, month, "2024-01-15", "2024-03-01", 1_548_387}, // 1 + 17/31
		// Weeks and days.
		{calendar.Actual365F, PerPeriod, calendar.Period{N: 2, Unit: calendar.Week}, "2024-01-15", "",
			461_538},
		{calendar.Actual365F, PerPeriod, calendar.Period{N: 2, Unit: calendar.Week}, "2024-01-15",
			"2024-01-25", 328_767},
		{calendar.Thirty360US, Daily, calendar.Period{N: 2, Unit: calendar.Week}, "2024-01-15", "",
			466_667},
		{calendar.Thirty360US, PerPeriod, calendar.Period{N: 45, Unit: calendar.Day}, "2024-01-15", "",
			1_500_000},
		{calendar.ActualActual, PerPeriod, calendar.Period{N: 15, Unit: calendar.Day}, "2024-01-15", "",
			491_803},
	}
	for _, test := range tests {
		terms := monthly(100_000_000, 120_000_000, 2)
		terms.DayCount, terms.Interest, terms.Every = test.dayCount, test.interest, test.every
		terms.Start = date(test.start)
		if test.firstDue != "" {
			terms.FirstDue = date(test.firstDue)
		}
		s, err := NewSchedule(terms)
		check(t, err)
		if got := s.Instalments[0].Interest; got != test.want {
			t.Errorf("%+v: got %d", test, got)
		}
	}
}

func TestDueDates(t *testing.T) {
	tests := []struct {
		start, firstDue string
		every           calendar.Period
		want            []string
	}{
		{"2023-10-31", "", calendar.Period{N: 1, Unit: calendar.Month},
			[]string{"2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"}},
		{"2023-10-31", "2023-11-30", calendar.Period{N: 1, Unit: calendar.Month}, // as agreed anyway
			[]string{"2023-11-30", "2023-12-31", "2024-01-31"}},
		{"2023-10-31", "2023-12-15", calendar.Period{N: 1, Unit: calendar.Month},
			[]string{"2023-12-15", "2024-01-15", "2024-02-15"}},
		{"2024-08-30", "", calendar.Period{N: 3, Unit: calendar.Month},
			[]string{"2024-11-30", "2025-02-28", "2025-05-30"}},
		{"2024-02-29", "", calendar.Period{N: 1, Unit: calendar.Year},
			[]string{"2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"}},
		{"2024-02-15", "", calendar.Period{N: 2, Unit: calendar.Week},
			[]string{"2024-02-29", "2024-03-14"}},
		{"2024-02-01", "2024-02-03", calendar.Period{N: 15, Unit: calendar.Day},
			[]string{"2024-02-03", "2024-02-18", "2024-03-04"}},
	}
	for _, test := range tests {
		terms := monthly(100_000, 0, len(test.want))
		terms.Start, terms.Every = date(test.start), test.every
		if test.firstDue != "" {
			terms.FirstDue = date(test.firstDue)
		}
		s, err := NewSchedule(terms)
		check(t, err)
		for i, row := range s.Instalments {
			if row.DueOn != date(test.want[i]) || int(row.Nr) != i+1 {
				t.Errorf("from %s: %v, want %s", test.start, row, test.want[i])
			}
		}
	}
}

func TestNewScheduleRefuses(t *testing.T) {
	tests := []struct {
		field string
		want  *refusal.Error
		edit  func(*Terms)
	}{
		{"principal", ErrPrincipal, func(t *Terms) { t.Principal = money.New(0, money.EUR) }},
		{"principal", ErrPrincipal, func(t *Terms) { t.Principal = money.New(-1, money.EUR) }},
		{"principal", ErrPrincipal, func(t *Terms) { t.Principal = money.New(1, "XYZ") }},
		{"annual_rate", ErrRate, func(t *Terms) { t.AnnualRate = -1 }},
		{"annual_rate", ErrRate, func(t *Terms) { t.AnnualRate = MaxRate + 1 }},
		{"method", ErrMethod, func(t *Terms) { t.Method = "annuity" }},
		{"method", ErrMethod, func(t *Terms) { t.Method = "" }},
		{"interest", ErrInterestPer, func(t *Terms) { t.Interest = "" }},
		{"day_count", calendar.ErrDayCount, func(t *Terms) { t.DayCount = "actual/364" }},
		{"start", ErrStart, func(t *Terms) { t.Start = 0 }},
		{"start", ErrStart, func(t *Terms) { t.Start = calendar.MaxDate }},
		{"every", calendar.ErrPeriod, func(t *Terms) { t.Every.N = 0 }},
		{"every", calendar.ErrPeriod, func(t *Terms) { t.Every.N = math.MaxInt }},
		{"every", calendar.ErrPeriod, func(t *Terms) { t.Every.Unit = "fortnight" }},
		{"instalments", ErrInstalments, func(t *Terms) { t.Instalments = 0 }},
		{"instalments", ErrTooLong, func(t *Terms) { t.Instalments = 1221 }},
		{"instalments", ErrTooLong, func(t *Terms) { t.Instalments = math.MaxInt }},
		{"first_due", ErrFirstDue, func(t *Terms) { t.FirstDue = t.Start }},
		{"first_due", ErrTooLong, func(t *Terms) { t.FirstDue = t.Start + maxDays + 1 }},
		{"grace_principal", ErrGrace, func(t *Terms) { t.GracePrincipal = 6 }},
		{"grace_principal", ErrGrace, func(t *Terms) { t.GracePrincipal = -1 }},
		{"grace_interest", ErrGrace, func(t *Terms) { t.GraceInterest = 6 }},
		{"grace_interest", ErrGrace, func(t *Terms) { t.GraceInterest = -1 }},
		{"interest_free_periods", ErrGrace, func(t *Terms) { t.InterestFreePeriods = 7 }},
		{"interest_free_periods", ErrGrace, func(t *Terms) { t.InterestFreePeriods = -1 }},
		{"instalment_multiple", ErrMultiple, func(t *Terms) { t.InstalmentMultiple = -1 }},
		{"", money.ErrOverflow, func(t *Terms) { t.Principal = money.New(math.MaxInt64, money.EUR) }},
	}
	for _, test := range tests {
		terms := monthly(100_000, 120_000_000, 6)
		test.edit(&terms)
		s, err := NewSchedule(terms)
		var got *refusal.Error
		if !errors.As(err, &got) || !errors.Is(got, test.want) || got.Field != test.field {
			t.Errorf("want %v in %q, got %v", test.want, test.field, err)
		}
		if s.Instalments != nil {
			t.Errorf("%v came with a schedule", err)
		}
	}
}

package loan

import (
	"testing"

	"openlend/calendar"
	"openlend/money"

	"pgregory.net/rapid"
)

// TestAccrualsOfDaysSum: whatever the terms, the accruals of all days, each the
// difference to the day before, are never negative and sum to the interest of
// the schedule; at the end of each due date all interest due so far has accrued.
func TestAccrualsOfDaysSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := NewSchedule(drawTerms(t))
		if err != nil {
			t.Skip(err)
		}
		accrued := func(on calendar.Date) int64 {
			minor, err := s.AccruedInterest(on)
			if err != nil {
				t.Fatal(err)
			}
			return minor
		}
		var before, due int64
		for on, next := s.Terms.Start, 0; next < len(s.Instalments); on++ {
			now := accrued(on)
			if on == s.Terms.Start && now != 0 || now < before {
				t.Fatalf("%v: %d after %d", on, now, before)
			}
			before = now
			if in := s.Instalments[next]; in.DueOn == on {
				due += in.Interest
				next++
				if now < due || now > due && s.Terms.GraceInterest == 0 {
					t.Fatalf("%v: accrued %d, due %d", on, now, due)
				}
			}
		}
		if total := s.TotalInterest(); before != total || accrued(calendar.MaxDate) != total {
			t.Fatalf("accrued %d of %d", before, total)
		}
	})
}

func TestAccruedInterest(t *testing.T) {
	terms := Terms{Principal: eur(10_000), AnnualRate: money.One * 7 / 100,
		Method: EqualInstalments, DayCount: calendar.Thirty360US, Interest: PerPeriod, Start: day("2024-01-01"),
		Every: calendar.Period{N: 1, Unit: calendar.Month}, Instalments: 6}
	for name, c := range map[string]struct {
		change func(*Terms)
		on     string
		want   int64
	}{
		"before the start":      {func(*Terms) {}, "2023-01-01", 0},
		"first day":             {func(*Terms) {}, "2024-01-01", 0},
		"first due date":        {func(*Terms) {}, "2024-02-01", 58},
		"14 of 29 days of 0.49": {func(*Terms) {}, "2024-02-15", 58 + 24},                       // 0.2366
		"30/360 has no 30 days": {func(t *Terms) { t.Interest = Daily }, "2024-02-15", 58 + 24}, // the same
		"after the end":         {func(*Terms) {}, "2030-01-01", 58 + 49 + 39 + 29 + 20 + 10},
		"actual/365, 14 of 31":  {func(t *Terms) { t.DayCount, t.Interest = calendar.Actual365F, Daily }, "2024-01-15", 27},
		"bullet, half way":      {func(t *Terms) { t.Method = Bullet }, "2024-04-01", 175}, // half of 3.50
		// Of the 2.33 for four months, those of the first 31 days of 122.
		"bullet, 2 months free":  {func(t *Terms) { t.Method, t.InterestFreePeriods = Bullet, 2 }, "2024-03-01", 0},
		"bullet, 1 month later":  {func(t *Terms) { t.Method, t.InterestFreePeriods = Bullet, 2 }, "2024-04-01", 59},
		"deferred, not due":      {func(t *Terms) { t.GraceInterest = 2 }, "2024-03-01", 58 + 48},
		"interest-only, 1 month": {func(t *Terms) { t.Method = InterestOnly }, "2024-03-01", 116},
		"free period":            {func(t *Terms) { t.InterestFreePeriods = 1 }, "2024-02-01", 0},
	} {
		t.Run(name, func(t *testing.T) {
			x := terms
			c.change(&x)
			s, err := NewSchedule(x)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := s.AccruedInterest(day(c.on)); err != nil || got != c.want {
				t.Fatalf("accrued %d, want %d, %v", got, c.want, err)
			}
		})
	}
}

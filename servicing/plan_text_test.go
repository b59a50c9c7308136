package servicing

import (
	"slices"
	"testing"

	"openlend/calendar"
	"openlend/loan"
	"openlend/money"
)

// What is written of a plan and its terms is read back to the last field.
func TestPlansAreKept(t *testing.T) {
	terms := loan.Terms{Principal: eur(123_456), AnnualRate: 87_500_000, Method: loan.InterestOnly,
		DayCount: calendar.Actual365F, Interest: loan.Daily, Start: day("2024-02-29"),
		Every: calendar.Period{N: 2, Unit: calendar.Week}, Instalments: 13,
		FirstDue: day("2024-03-20"), GracePrincipal: 2, GraceInterest: 1, InterestFreePeriods: 3,
		InstalmentMultiple: 100}
	if got, err := readTerms(writeTerms(&terms)); err != nil || got != terms {
		t.Errorf("%+v, %v", got, err)
	}
	schedule, err := loan.NewSchedule(terms)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := readInstalments(instalmentsText(schedule.Instalments))
	if err != nil || !slices.Equal(plan, schedule.Instalments) {
		t.Errorf("%+v, %v", plan, err)
	}
	fresh := loan.NewTerms{AnnualRate: money.One / 20, Method: loan.Bullet,
		Every: calendar.Period{N: 1, Unit: calendar.Month}, Instalments: 4,
		FirstDue: day("2025-06-01"), GracePrincipal: 1, Arrears: loan.ArrearsSpread}
	if got, err := readNewTerms(writeNewTerms(&fresh)); err != nil || got != fresh {
		t.Errorf("%+v, %v", got, err)
	}
	if text := writeNewTerms(&loan.NewTerms{}); text != "" {
		t.Error(text)
	}
	for _, bad := range []string{"", "{", `{"start":"soon"}`} {
		if _, err := readTerms(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

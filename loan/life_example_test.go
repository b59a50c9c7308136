package loan

import (
	"fmt"

	"openlend/calendar"
	"openlend/money"
)

// The worked example of LIFE.md.
func ExampleReplay() {
	on := calendar.MustParseDate
	euros := func(minor int64) money.Amount { return money.New(minor, money.EUR) }
	schedule, err := NewSchedule(Terms{Principal: euros(120_000), AnnualRate: 120_000_000,
		Method: EqualPrincipal, DayCount: calendar.Thirty360E, Interest: PerPeriod,
		Start: on("2025-01-10"), Every: calendar.Period{N: 1, Unit: calendar.Month}, Instalments: 4})
	if err != nil {
		fmt.Println(err)
	}
	product := Product{Waterfall: PenaltyFirst, LateFee: 500, GraceDays: 3,
		Penalty: Penalty{Rate: 182_500_000}} // 0.05 % a day
	events := []Event{
		{ID: 1, Kind: EventDisbursed, ValueOn: on("2025-01-10"), Amount: euros(120_000)},
		{ID: 2, Kind: EventPaid, ValueOn: on("2025-02-10"), Amount: euros(31_200)},
		{ID: 3, Kind: EventPaid, ValueOn: on("2025-03-20"), Amount: euros(20_000)},
	}
	replay := func(asOf string) Account {
		a, err := Replay(product, schedule, events, on(asOf))
		if err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%s: %s, %d days past due, outstanding %d\n",
			asOf, a.State, a.DaysPastDue, a.Outstanding)
		for _, al := range a.Allocations {
			fmt.Println(" payment", al.Payment, "pays", al.Minor, "of", al.Part, al.Instalment)
		}
		return a
	}
	before := replay("2025-03-20")
	events = append(events, Event{ID: 4, Kind: EventReturned, ValueOn: on("2025-03-21"), Of: 2})
	after := replay("2025-03-21")

	fmt.Println("the books take back and make:")
	for _, e := range Mirror(&before, &after) {
		sign := "+"
		if e.Reversal {
			sign = "-"
		}
		fmt.Println(" payment", e.Payment, sign, e.Minor, e.Part, e.Instalment)
	}
	quote, err := after.Payoff(product)
	fmt.Println("payoff that day:", quote.Total, err)
	// Output:
	// 2025-03-20: late, 10 days past due, outstanding 71550
	//  payment 2 pays 1200 of interest 1
	//  payment 2 pays 30000 of principal 1
	//  payment 3 pays 500 of late_fee 2
	//  payment 3 pays 150 of penalty 2
	//  payment 3 pays 900 of interest 2
	//  payment 3 pays 18450 of principal 2
	// 2025-03-21: late, 39 days past due, outstanding 103820
	//  payment 3 pays 500 of late_fee 1
	//  payment 3 pays 570 of penalty 1
	//  payment 3 pays 500 of late_fee 2
	//  payment 3 pays 150 of penalty 2
	//  payment 3 pays 1200 of interest 1
	//  payment 3 pays 900 of interest 2
	//  payment 3 pays 16180 of principal 1
	// the books take back and make:
	//  payment 3 - 18450 principal 2
	//  payment 3 - 900 interest 2
	//  payment 3 - 150 penalty 2
	//  payment 3 - 500 late_fee 2
	//  payment 2 - 30000 principal 1
	//  payment 2 - 1200 interest 1
	//  payment 3 + 500 late_fee 1
	//  payment 3 + 570 penalty 1
	//  payment 3 + 500 late_fee 2
	//  payment 3 + 150 penalty 2
	//  payment 3 + 1200 interest 1
	//  payment 3 + 900 interest 2
	//  payment 3 + 16180 principal 1
	// payoff that day: 104055 <nil>
}

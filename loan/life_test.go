package loan

import (
	"strconv"
	"testing"

	"openlend/calendar"
	"openlend/money"

	"pgregory.net/rapid"
)

// thorough checks a property on two thousand histories, each hundred from a
// seed of its own.
func thorough(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	for i := 0; i < 20 && !t.Failed(); i++ {
		t.Run(strconv.Itoa(i), func(t *testing.T) { rapid.Check(t, property) })
	}
}

func day(s string) calendar.Date { return calendar.MustParseDate(s) }

func eur(minor int64) money.Amount { return money.New(minor, money.EUR) }

// threeYears is a loan of 10,000.00 EUR at 12 % in 36 monthly instalments.
func threeYears(t fataler) Schedule {
	t.Helper()
	s, err := NewSchedule(Terms{
		Principal: eur(1_000_000), AnnualRate: money.One * 12 / 100, Method: EqualInstalments,
		DayCount: calendar.ActualActual, Interest: Daily, Start: day("2023-12-12"),
		Every: calendar.Period{N: 1, Unit: calendar.Month}, Instalments: 36,
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

var testProduct = Product{
	Waterfall: PenaltyFirst,
	LateFee:   1500, GraceDays: 5,
	Penalty:  Penalty{Rate: money.One * 18 / 100},
	LateCap:  Cap{Rate: money.One / 10},
	EarlyFee: EarlyFee{Rate: money.One / 100},
}

// disbursed is the first event of every loan.
func disbursed(s Schedule) Event {
	return Event{ID: 1, Kind: EventDisbursed, ValueOn: s.Terms.Start, Amount: s.Terms.Principal}
}

// onTime pays every instalment on its due date, or some days later.
func onTime(s Schedule, late int) []Event {
	events := []Event{disbursed(s)}
	for _, in := range s.Instalments {
		events = append(events, Event{ID: EventID(10 + in.Nr), Kind: EventPaid,
			ValueOn: in.DueOn.Days(late), Amount: eur(in.Total())})
	}
	return events
}

func BenchmarkReplay(b *testing.B) {
	s := threeYears(b)
	for name, late := range map[string]int{"on_time": 0, "late": 9} {
		b.Run(name, func(b *testing.B) {
			events := onTime(s, late)
			for i := range 3 {
				events = append(events, Event{ID: EventID(100 + i), Kind: EventFeeCharged,
					ValueOn: s.Instalments[10*i].DueOn, Amount: eur(500)})
			}
			asOf := s.Instalments[35].DueOn + 30
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Replay(testProduct, s, events, asOf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

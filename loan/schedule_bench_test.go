package loan

import (
	"math/bits"
	"testing"
	"time"

	"openlend/calendar"
	"openlend/money"
)

// BenchmarkSchedules36 makes 36-month schedules of equal instalments and
// reports how many times as long an instalment takes as one bits.Mul64 with one
// bits.Div64, measured in the same loop. The limit is a ratio of 20.
//
// None of these waits for the one before, though the balances of a schedule do:
// it is the hardest limit that can be meant.
func BenchmarkSchedules36(b *testing.B) {
	for _, interest := range []InterestPer{Daily, PerPeriod} {
		b.Run(string(interest), func(b *testing.B) { benchmarkSchedules36(b, interest) })
	}
}

func benchmarkSchedules36(b *testing.B, interest InterestPer) {
	const batch, months = 1000, 36
	terms := Terms{
		AnnualRate:  120_000_000,
		Method:      EqualInstalments,
		DayCount:    calendar.ActualActual,
		Interest:    interest,
		Every:       calendar.Period{N: 1, Unit: calendar.Month},
		Instalments: months,
	}
	first := calendar.MustParseDate("2023-12-12")
	var schedules, limit time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		for i := range batch {
			terms.Principal = money.New(1_000_000+int64(i)*97, money.EUR)
			terms.Start = first.Days(i)
			if _, err := NewSchedule(terms); err != nil {
				b.Fatal(err)
			}
		}
		schedules += time.Since(start)
		limit += mulDivs(batch * months)
	}
	instalments := float64(b.N) * batch * months
	b.ReportMetric(float64(schedules.Nanoseconds())/instalments, "ns/instalment")
	b.ReportMetric(float64(limit.Nanoseconds())/instalments, "ns/muldiv")
	b.ReportMetric(float64(schedules)/float64(limit), "ratio")
}

var mulDivSink uint64 // keeps the compiler from dropping what is measured

// mulDivs times n multiplications with a division each, of sizes as in a schedule.
func mulDivs(n int) time.Duration {
	start := time.Now()
	for i := range uint64(n) {
		hi, lo := bits.Mul64(1_000_000+i, 120_000_000*31)
		q, rem := bits.Div64(hi, lo, 365_000_000_000)
		mulDivSink += q + rem
	}
	return time.Since(start)
}

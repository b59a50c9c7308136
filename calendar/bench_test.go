package calendar

import "testing"

func BenchmarkFraction(b *testing.B) {
	from, to := MustParseDate("2023-12-12"), MustParseDate("2024-01-12")
	for _, dc := range []DayCount{ActualActual, Actual365F, Thirty360US, Thirty360E} {
		b.Run(string(dc), func(b *testing.B) {
			for b.Loop() {
				dc.Fraction(from, to)
			}
		})
	}
}

func BenchmarkAddMonths(b *testing.B) {
	d := MustParseDate("2023-10-31")
	for b.Loop() {
		d.AddMonths(4)
	}
}

func BenchmarkCivil(b *testing.B) {
	d := MustParseDate("2023-10-31")
	for b.Loop() {
		d.Civil()
	}
}

func BenchmarkNewDate(b *testing.B) {
	for b.Loop() {
		NewDate(2023, 10, 31)
	}
}

package calendar

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// d is a date written as people write it.
func d(s string) Date { return MustParseDate(s) }

// days draws a day of the years 1 to 9999, the zero Date left out.
func days() *rapid.Generator[Date] {
	return rapid.Map(rapid.Int32Range(1, int32(MaxDate)), func(n int32) Date { return Date(n) })
}

// someDay draws from the years in which loans are made.
func someDay() *rapid.Generator[Date] {
	first, last := int32(d("1990-01-01")), int32(d("2060-12-31"))
	return rapid.Map(rapid.Int32Range(first, last), func(n int32) Date { return Date(n) })
}

// TestEveryDay walks all days of the years 1 to 9999 beside time.Time's
// arithmetic and the Gregorian rule written out day by day.
func TestEveryDay(t *testing.T) {
	year, month, day := 1, time.January, 1
	weekday := time.Monday
	for date := Date(0); date <= MaxDate; date++ {
		y, m, dd := date.Civil()
		if y != year || m != month || dd != day || date.Weekday() != weekday {
			t.Fatalf("day %d is %d-%d-%d (%s), want %d-%d-%d (%s)",
				date, y, m, dd, date.Weekday(), year, month, day, weekday)
		}
		if back := NewDate(y, m, dd); back != date {
			t.Fatalf("NewDate(%d, %d, %d) = %d, want %d", y, m, dd, back, date)
		}
		weekday = (weekday + 1) % 7
		if day++; day > DaysIn(year, month) {
			day, month = 1, month+1
		}
		if month > time.December {
			year, month = year+1, time.January
		}
	}
	if year != 10000 || month != time.January || day != 1 {
		t.Errorf("the day after MaxDate is %d-%d-%d", year, month, day)
	}
}

func TestAgreesWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.IntRange(1, 9999).Draw(t, "year")
		m := time.Month(rapid.IntRange(-30, 30).Draw(t, "month"))
		n := rapid.IntRange(-400, 400).Draw(t, "day")
		got, want := NewDate(y, m, n), time.Date(y, m, n, 23, 0, 0, 0, time.UTC)
		gy, gm, gd := got.Civil()
		wy, wm, wd := want.Date()
		if gy != wy || gm != wm || gd != wd || got.Weekday() != want.Weekday() ||
			DateOf(want) != got || got.UnixDays() != floorDiv(int(want.Unix()), 86400) {
			t.Fatalf("NewDate(%d, %d, %d) = %s, time.Date gives %s", y, m, n, got, want)
		}
	})
}

// TestCivilOfAnyInt32 looks past the years that can be named: intermediate
// values must not give nonsense.
func TestCivilOfAnyInt32(t *testing.T) {
	epoch := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, n := range []int32{math.MinInt32, -1_000_000, -307, -306, -1, math.MaxInt32} {
		y, m, day := Date(n).Civil()
		wy, wm, wd := epoch.AddDate(0, 0, int(n)).Date()
		if y != wy || m != wm || day != wd {
			t.Errorf("day %d is %d-%d-%d, want %d-%d-%d", n, y, m, day, wy, wm, wd)
		}
	}
}

func TestParseDate(t *testing.T) {
	for _, s := range []string{"2024-02-29", "2000-02-29", "0001-01-02", "9999-12-31"} {
		got, err := ParseDate(s)
		if err != nil || got.String() != s || !got.Valid() {
			t.Errorf("ParseDate(%q) = %s, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "2024-4-1",
		"24-04-01", "2024/04/01", "2024-04-01 ", " 2024-04-01", "2024-04-01T00:00:00Z",
		"0000-01-01", "10000-01-01", "-001-01-01", "+024-01-01", "２０２４-01-01", "20240401",
	} {
		if got, err := ParseDate(s); !errors.Is(err, ErrDate) {
			t.Errorf("ParseDate(%q) = %s, %v; want ErrDate", s, got, err)
		}
	}
}

func TestDateTravelsAsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := map[Date]Date{days().Draw(t, "key"): days().Draw(t, "value")}
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out map[Date]Date
		if err := json.Unmarshal(text, &out); err != nil {
			t.Fatal(err)
		}
		for k, v := range in {
			if out[k] != v {
				t.Fatalf("%s came back as %v", text, out)
			}
		}
	})
}

// TestArithmeticStops shows that a date leaves the years that can be named by at
// most one day, however far it is moved, and never wraps.
func TestArithmeticStops(t *testing.T) {
	far := []int{math.MinInt, -1 << 33, 1 << 33, math.MaxInt}
	for _, n := range far {
		want := MaxDate + 1
		if n < 0 {
			want = -1
		}
		for _, got := range []Date{d("2024-02-29").Days(n), d("2024-02-29").AddMonths(n)} {
			if got != want || got.Valid() {
				t.Errorf("moved by %d: %d, want %d", n, got, want)
			}
		}
	}
	if got := MaxDate.Days(1); got.Valid() || got.Days(-1) != MaxDate {
		t.Errorf("MaxDate + 1 = %s", got)
	}
	if Date(0).Valid() || !Date(0).IsZero() || !Date(1).Valid() {
		t.Error("only the zero Date means no date")
	}
}

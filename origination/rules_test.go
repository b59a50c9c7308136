package origination_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"openlend/calendar"
	"openlend/loan"
	"openlend/money"
	"openlend/origination"
)

// inputs are those of a request that the rules approve.
func inputs() origination.Inputs {
	r := request()
	return origination.Inputs{On: firstDay, Principal: r.Principal.Minor(), Purpose: r.Purpose,
		Method: r.Method, Instalments: r.Instalments, Facts: r.Facts}
}

// Each rule by itself, at its limit and one beyond it.
func TestJudge(t *testing.T) {
	p := standard(t)
	p.Rules.MaxVolume = 10_000_000
	for _, c := range []struct {
		name   string
		change func(in *origination.Inputs)
		result origination.Result
		reason origination.Reason
	}{
		{"all is well", func(*origination.Inputs) {}, origination.Approve, origination.PassedRules},
		{"income", func(in *origination.Inputs) { in.Facts.Income = 99_999; in.Facts.Rent = 0; in.Facts.Debts = 0 }, origination.Decline, origination.IncomeTooLow},
		{"spent", func(in *origination.Inputs) { in.Facts.Debts = 250_000 }, origination.Decline, origination.IncomeSpent},
		{"one cent left", func(in *origination.Inputs) { in.Facts.Debts = 249_999 }, origination.Decline, origination.BurdenTooHigh},
		{"dependants", func(in *origination.Inputs) { in.Facts.Dependants = 10 }, origination.Decline, origination.IncomeSpent},
		{"short work", func(in *origination.Inputs) { in.Facts.WorkMonths = 5 }, origination.Refer, origination.WorkTooShort},
		{"just long enough", func(in *origination.Inputs) { in.Facts.WorkMonths = 6 }, origination.Approve, origination.PassedRules},
		{"large", func(in *origination.Inputs) { in.Principal = 3_502_500; in.Facts.Income = 2_000_000 }, origination.Refer, origination.LargeAmount},
		{"not too large", func(in *origination.Inputs) { in.Principal = 3_500_000; in.Facts.Income = 2_000_000 }, origination.Approve, origination.PassedRules},
		{"late", func(in *origination.Inputs) { in.History.MostDaysPastDue = 1 }, origination.Refer, origination.OnceLate},
		{"very late", func(in *origination.Inputs) { in.History.MostDaysPastDue = 60 }, origination.Decline, origination.OnceVeryLate},
		{"nearly", func(in *origination.Inputs) { in.History.MostDaysPastDue = 59 }, origination.Refer, origination.OnceLate},
		{"default", func(in *origination.Inputs) { in.History.Defaulted = true }, origination.Decline, origination.OnceDefaulted},
		{"one loan", func(in *origination.Inputs) { in.History.OpenLoans = 1 }, origination.Approve, origination.PassedRules},
		{"two loans", func(in *origination.Inputs) { in.History.OpenLoans = 2 }, origination.Decline, origination.TooManyLoans},
		{"owed", func(in *origination.Inputs) { in.History.Owed, in.History.Offered = 2_000_000, 1_000_001 }, origination.Decline, origination.TooMuchOwed},
		{"just not", func(in *origination.Inputs) { in.History.Owed, in.History.Offered = 2_000_000, 1_000_000 }, origination.Approve, origination.PassedRules},
		{"lent", func(in *origination.Inputs) { in.History.Volume = 9_000_001 }, origination.Decline, origination.TooMuchLent},
	} {
		in := inputs()
		c.change(&in)
		v, err := p.Judge(in)
		if err != nil || v.Result != c.result || !slices.Contains(v.Reasons, c.reason) {
			t.Errorf("%s: %+v, %v", c.name, v, err)
		}
		if c.reason.Sentence() == "" {
			t.Errorf("%s has no sentence", c.reason)
		}
	}
}

// The grade is the best one whose burden holds at its highest rate, and a
// burden above the limit goes to a person.
func TestGradeByBurden(t *testing.T) {
	p := standard(t)
	in := inputs() // 36 instalments of 10,000: 318.00 at 9 %, 429.01 at 30 %
	in.Facts = origination.Facts{Housing: origination.HousingOwn, Work: origination.WorkEmployed,
		WorkMonths: 12}
	for _, c := range []struct {
		free   int64
		grade  string
		result origination.Result
	}{
		{212_000, "A", origination.Approve}, // 0.15 of it is 318.00
		{211_999, "B", origination.Approve},
		{107_500, "F", origination.Approve}, // 0.4 of it is 430.00; 28 % takes 413.64
		{103_000, "G", origination.Refer},   // 30 % takes 424.52: above 0.4, below 0.45
		{94_000, "", origination.Decline},
	} {
		in.Facts.Income = c.free + p.Rules.LivingAlone
		v, err := p.Judge(in)
		if err != nil || v.Free != c.free {
			t.Fatalf("%+v, %v", v, err)
		}
		if v.Grade != c.grade || v.Result != c.result {
			t.Errorf("%d left: %+v, want grade %q, %s", c.free, v, c.grade, c.result)
		}
	}
	in.Facts.Income = 80_000 + p.Rules.LivingAlone
	p.Grades = []origination.Grade{{Name: "X", MaxBurden: money.One}}
	v, err := p.Judge(in)
	if err != nil || v.Grade != "X" || v.Monthly != 27_778 || v.Result != origination.Approve {
		t.Errorf("without interest: %+v, %v", v, err)
	}
	p.Rules.ReferBurden = 347_225_000 // 27,778 of 80,000
	if v, err = p.Judge(in); err != nil || v.Result != origination.Approve {
		t.Errorf("at the limit: %+v, %v", v, err)
	}
	p.Rules.ReferBurden--
	v, err = p.Judge(in)
	if err != nil || !slices.Equal(v.Reasons, []origination.Reason{origination.BurdenHigh}) {
		t.Errorf("beyond it: %+v, %v", v, err)
	}
}

// What a loan takes a month: by hand, for every method.
func TestMonthlyBurden(t *testing.T) {
	p, month := standard(t), calendar.Period{N: 1, Unit: calendar.Month}
	p.Grades = []origination.Grade{{Name: "A", MaxRate: 120_000_000, MaxBurden: money.One}}
	for _, c := range []struct {
		method      loan.Method
		every       calendar.Period
		instalments int
		want        int64
	}{
		{loan.EqualInstalments, month, 12, 106_619},
		{loan.EqualPrincipal, month, 12, 112_000}, // the first
		{loan.InterestOnly, month, 12, 112_000},   // 1,344,000 spread over 12
		{loan.Bullet, month, 12, 112_000},         // the same
		{loan.InterestOnly, calendar.Period{N: 3, Unit: calendar.Month}, 4, 112_000},
		{loan.Bullet, calendar.Period{N: 1, Unit: calendar.Year}, 1, 112_000},
	} {
		in := inputs()
		in.Principal, in.Method, in.Instalments = 1_200_000, c.method, c.instalments
		in.Facts.Income = 1_000_000
		p.Every = c.every
		v, err := p.Judge(in)
		if err != nil || v.Monthly != c.want {
			t.Errorf("%s %s: %+v, %v, want %d", c.method, c.every, v, err, c.want)
		}
	}
}

func anyInputs(t *rapid.T, p *origination.Product) origination.Inputs {
	steps := int((p.Limits.MaxPrincipal - p.Limits.MinPrincipal) / p.Limits.PrincipalStep)
	in := inputs()
	in.Principal = p.Limits.MinPrincipal +
		int64(rapid.IntRange(0, steps).Draw(t, "steps"))*p.Limits.PrincipalStep
	in.Instalments = rapid.SampledFrom([]int{36, 60}).Draw(t, "instalments")
	in.Facts.Income = rapid.Int64Range(0, 1_000_000).Draw(t, "income")
	in.Facts.Debts = rapid.Int64Range(0, 300_000).Draw(t, "debts")
	in.Facts.Rent = rapid.Int64Range(0, 300_000).Draw(t, "rent")
	in.Facts.WorkMonths = rapid.IntRange(0, 20).Draw(t, "work")
	in.Facts.Dependants = rapid.IntRange(0, 5).Draw(t, "dependants")
	in.History.MostDaysPastDue = rapid.Int64Range(0, 70).Draw(t, "late")
	in.History.OpenLoans = rapid.IntRange(0, 3).Draw(t, "loans")
	in.History.Owed = rapid.Int64Range(0, 5_000_000).Draw(t, "owed")
	return in
}

var severity = map[origination.Result]int{
	origination.Approve: 0, origination.Refer: 1, origination.Decline: 2,
}

// However somebody's case improves, he is never judged worse, nor graded worse;
// and whoever has a grade can pay it.
func TestBetterCasesAreJudgedNoWorse(t *testing.T) {
	p := standard(t)
	rank := func(grade string) int {
		i := slices.IndexFunc(p.Grades, func(g origination.Grade) bool { return g.Name == grade })
		if i < 0 {
			return len(p.Grades)
		}
		return i
	}
	rapid.Check(t, func(t *rapid.T) {
		worse := anyInputs(t, &p)
		better := worse
		switch rapid.IntRange(0, 7).Draw(t, "what improves") {
		case 0:
			better.Facts.Income += rapid.Int64Range(1, 500_000).Draw(t, "more income")
		case 1:
			better.Facts.Debts /= 2
		case 2:
			better.Facts.Rent /= 2
		case 3:
			better.Facts.WorkMonths++
		case 4:
			better.Facts.Dependants /= 2
		case 5:
			better.History.MostDaysPastDue /= 2
		case 6:
			better.History.OpenLoans /= 2
		case 7:
			better.History.Owed /= 2
		}
		a, err := p.Judge(worse)
		b, err2 := p.Judge(better)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if severity[b.Result] > severity[a.Result] || rank(b.Grade) > rank(a.Grade) {
			t.Fatalf("%+v is judged %+v, and the better %+v %+v", worse, a, better, b)
		}
		for _, v := range []origination.Verdict{a, b} {
			if len(v.Reasons) == 0 || (v.Result == origination.Approve && v.Grade == "") {
				t.Fatalf("%+v", v)
			}
			if v.Grade != "" && v.Monthly > v.Free/2 {
				t.Fatalf("%+v cannot be paid", v)
			}
		}
	})
}

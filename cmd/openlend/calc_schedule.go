package main

import (
	"openlend/calendar"
	"openlend/loan"
	"openlend/money"
)

// CalcScheduleCmd lays out the instalments of loans.
type CalcScheduleCmd struct{}

// Help explains the command.
func (CalcScheduleCmd) Help() string {
	return `Lays out the instalments of a loan.

Needed: principal, currency, annual_rate (at most nine decimals), method
(equal_instalments, equal_principal, interest_only, bullet, flat), start and
instalments. May be left out: day_count ("actual/actual"; also 30/360, 30E/360,
actual/360, actual/365, actual/actual-isda, actual/actual-icma), interest
("daily" or "period"), every ("1 month"), first_due (start + every),
grace_principal, grace_interest and interest_free_periods (0), and
instalment_multiple (the smallest unit of the currency).` + linesHelp + `

Example:

    echo '{"principal":"10000.00","currency":"EUR","annual_rate":"0.12",
      "method":"equal_instalments","start":"2023-12-12","instalments":6}' |
      tr -d '\n' | openlend calc schedule`
}

// Run answers the lines of standard input.
func (CalcScheduleCmd) Run(std streams) error { return answerLines(std, calcSchedule) }

// scheduleAnswer is the answer to one line; amounts are decimal strings.
type scheduleAnswer struct {
	Instalments   []instalmentAnswer `json:"instalments"`
	TotalInterest string             `json:"total_interest"`
}

type instalmentAnswer struct {
	Nr        int    `json:"nr"`
	DueOn     string `json:"due_on"`
	Principal string `json:"principal"`
	Interest  string `json:"interest"`
	Total     string `json:"total"`
	Balance   string `json:"balance"` // outstanding after it
}

func calcSchedule(in *form) (any, error) {
	terms := readTerms(in)
	if err := in.done(); err != nil {
		return nil, err
	}
	schedule, err := loan.NewSchedule(terms)
	if err != nil {
		return nil, err
	}
	decimal := func(minor int64) string {
		return money.New(minor, terms.Principal.Currency()).Decimal()
	}
	answer := scheduleAnswer{Instalments: make([]instalmentAnswer, len(schedule.Instalments))}
	for n, i := range schedule.Instalments {
		answer.Instalments[n] = instalmentAnswer{
			Nr:        int(i.Nr),
			DueOn:     i.DueOn.String(),
			Principal: decimal(i.Principal),
			Interest:  decimal(i.Interest),
			Total:     decimal(i.Total()),
			Balance:   decimal(i.Balance),
		}
	}
	answer.TotalInterest = decimal(schedule.TotalInterest())
	return answer, nil
}

// readTerms reads a loan's terms with the defaults that the help promises.
func readTerms(in *form) loan.Terms {
	currency, err := money.ParseCurrency(in.word("currency", ""))
	in.refuseIf(err, "currency")
	terms := loan.Terms{
		Principal:           in.amount("principal", currency),
		Method:              loan.Method(in.word("method", "")),
		DayCount:            calendar.DayCount(in.word("day_count", string(calendar.ActualActual))),
		Interest:            loan.InterestPer(in.word("interest", string(loan.Daily))),
		Start:               in.date("start"),
		Instalments:         in.whole("instalments", ""),
		GracePrincipal:      in.whole("grace_principal", "0"),
		GraceInterest:       in.whole("grace_interest", "0"),
		InterestFreePeriods: in.whole("interest_free_periods", "0"),
	}
	terms.AnnualRate, err = money.ParseRate(in.numeral("annual_rate", ""))
	in.refuseIf(err, "annual_rate")
	terms.Every, err = calendar.ParsePeriod(in.word("every", "1 month"))
	in.refuseIf(err, "every")
	if in.has("first_due") {
		terms.FirstDue = in.date("first_due")
	}
	if in.has("instalment_multiple") {
		multiple := in.amount("instalment_multiple", currency)
		if multiple.Sign() <= 0 {
			in.refuse(loan.ErrMultiple, "instalment_multiple")
		}
		terms.InstalmentMultiple = multiple.Minor()
	}
	return terms
}

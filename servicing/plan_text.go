package servicing

import (
	"encoding/json"

	"openlend/calendar"
	"openlend/loan"
	"openlend/money"
)

// How plans and terms are written into their TEXT columns. The names in them are
// for ever: a schedule is generated once and read for the life of its loan.

// planRow is one instalment: nr, due on (days since 0001-01-01), principal,
// interest, balance. A loan is read with its plan at every payment, and this
// form is read in a fifth of the time of one with names.
type planRow [5]int64

func instalmentsText(all []loan.Instalment) string {
	rows := make([]planRow, len(all))
	for i, in := range all {
		rows[i] = planRow{int64(in.Nr), int64(in.DueOn), in.Principal, in.Interest, in.Balance}
	}
	return encoded(rows)
}

func readInstalments(text string) ([]loan.Instalment, error) {
	var rows []planRow
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, err
	}
	all := make([]loan.Instalment, len(rows))
	for i, r := range rows {
		all[i] = loan.Instalment{Nr: int32(r[0]), DueOn: calendar.Date(r[1]),
			Principal: r[2], Interest: r[3], Balance: r[4]}
	}
	return all, nil
}

// termsText is loan.Terms as they are kept.
type termsText struct {
	Principal           money.Amount      `json:"principal"`
	AnnualRate          money.Rate        `json:"annual_rate"`
	Method              loan.Method       `json:"method"`
	DayCount            calendar.DayCount `json:"day_count"`
	Interest            loan.InterestPer  `json:"interest"`
	Start               string            `json:"start"`
	Every               calendar.Period   `json:"every"`
	Instalments         int               `json:"instalments"`
	FirstDue            string            `json:"first_due,omitempty"`
	GracePrincipal      int               `json:"grace_principal,omitempty"`
	GraceInterest       int               `json:"grace_interest,omitempty"`
	InterestFreePeriods int               `json:"interest_free_periods,omitempty"`
	InstalmentMultiple  int64             `json:"instalment_multiple,omitempty"`
}

func writeTerms(t *loan.Terms) string {
	return encoded(termsText{t.Principal, t.AnnualRate, t.Method, t.DayCount, t.Interest,
		dateText(t.Start), t.Every, t.Instalments, dateText(t.FirstDue), t.GracePrincipal,
		t.GraceInterest, t.InterestFreePeriods, t.InstalmentMultiple})
}

func readTerms(text string) (loan.Terms, error) {
	var t termsText
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return loan.Terms{}, err
	}
	start, err := dateOrNone(t.Start)
	if err != nil {
		return loan.Terms{}, err
	}
	first, err := dateOrNone(t.FirstDue)
	return loan.Terms{Principal: t.Principal, AnnualRate: t.AnnualRate, Method: t.Method,
		DayCount: t.DayCount, Interest: t.Interest, Start: start, Every: t.Every,
		Instalments: t.Instalments, FirstDue: first, GracePrincipal: t.GracePrincipal,
		GraceInterest: t.GraceInterest, InterestFreePeriods: t.InterestFreePeriods,
		InstalmentMultiple: t.InstalmentMultiple}, err
}

// newTermsText is loan.NewTerms as they are kept.
type newTermsText struct {
	AnnualRate     money.Rate      `json:"annual_rate"`
	Method         loan.Method     `json:"method"`
	Every          calendar.Period `json:"every"`
	Instalments    int             `json:"instalments"`
	FirstDue       string          `json:"first_due,omitempty"`
	GracePrincipal int             `json:"grace_principal,omitempty"`
	Arrears        loan.Arrears    `json:"arrears"`
}

// writeNewTerms is "" for an event without new terms.
func writeNewTerms(n *loan.NewTerms) string {
	if *n == (loan.NewTerms{}) {
		return ""
	}
	return encoded(newTermsText{n.AnnualRate, n.Method, n.Every, n.Instalments,
		dateText(n.FirstDue), n.GracePrincipal, n.Arrears})
}

func readNewTerms(text string) (loan.NewTerms, error) {
	var n newTermsText
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		return loan.NewTerms{}, err
	}
	first, err := dateOrNone(n.FirstDue)
	return loan.NewTerms{AnnualRate: n.AnnualRate, Method: n.Method, Every: n.Every,
		Instalments: n.Instalments, FirstDue: first, GracePrincipal: n.GracePrincipal,
		Arrears: n.Arrears}, err
}

func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // structs of texts and numbers always encode
	}
	return string(text)
}

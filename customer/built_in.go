package customer

import (
	"context"
	"slices"
	"strings"
)

// For tests and demonstrations the built-in provider does as the e-mail address
// says: anna+kyc-refer@example.org is referred and anna+kyc-refuse@example.org is
// refused. Nobody is verified for an address, so it is safe to leave in.
const (
	markRefer  = "+kyc-refer@"
	markRefuse = "+kyc-refuse@"
)

// adult is the age from which somebody can be a customer, in months.
const adult = 18 * 12

// BuiltIn is the provider that looks at what can be seen without asking anybody:
// whether document and claims agree, dates, ages, countries and check digits. A
// name that differs is for a person to judge (a maiden name, another script); all
// else that is wrong is refused.
func BuiltIn() Provider {
	return Provider{Name: "built-in", Check: func(_ context.Context, f Facts) (Finding, error) {
		return f.judge(), nil
	}}
}

func (f Facts) judge() Finding {
	wrong := slices.Concat(f.wrongDocument(), f.wrongPerson())
	email := strings.ToLower(f.Claimed.Email)
	if strings.Contains(email, markRefuse) {
		wrong = append(wrong, ReasonTest)
	}
	var unclear []Reason
	if !sameName(f.Claimed.Name, f.Document.Name) {
		unclear = append(unclear, ReasonName)
	}
	if strings.Contains(email, markRefer) {
		unclear = append(unclear, ReasonTest)
	}
	switch {
	case len(wrong) > 0:
		return Finding{CheckRefused, slices.Concat(wrong, unclear)}
	case len(unclear) > 0:
		return Finding{CheckReferred, unclear}
	}
	return Finding{State: CheckVerified}
}

// wrongDocument says what is wrong with the paper.
func (f Facts) wrongDocument() (wrong []Reason) {
	d := f.Document
	isNational := d.Kind == IDCard || d.Kind == RegisterExtract
	fits := isNational || d.Kind == Passport || d.Kind == ResidencePermit
	if !fits || (d.Kind == RegisterExtract) != (f.Kind == Company) {
		wrong = append(wrong, ReasonDocumentKind)
	}
	if !isCountry(strings.ToUpper(d.Issuer)) {
		wrong = append(wrong, ReasonIssuer)
	}
	if isNational && (plainNumber(d.Number) != f.Claimed.NationalID ||
		!strings.EqualFold(d.Issuer, f.Claimed.Country)) {
		wrong = append(wrong, ReasonDocumentNumber)
	}
	if d.BirthOn != f.Claimed.BirthOn {
		wrong = append(wrong, ReasonBirthDate)
	}
	if d.IssuedOn > f.On || d.IssuedOn < d.BirthOn {
		wrong = append(wrong, ReasonIssued)
	}
	if !d.ExpiresOn.IsZero() && (d.ExpiresOn < f.On || d.ExpiresOn < d.IssuedOn) {
		wrong = append(wrong, ReasonExpired)
	}
	return wrong
}

// wrongPerson says what is wrong with the claims themselves.
func (f Facts) wrongPerson() (wrong []Reason) {
	if f.Kind == Person && f.Claimed.BirthOn.AddMonths(adult) > f.On {
		wrong = append(wrong, ReasonUnderage)
	}
	if f.Claimed.Country != "CN" {
		return wrong
	}
	if f.Kind == Company {
		if !properCreditCode(f.Claimed.NationalID) {
			wrong = append(wrong, ReasonCheckDigit)
		}
		return wrong
	}
	return append(wrong, wrongChineseID(f.Claimed.NationalID, f.Claimed.BirthOn)...)
}

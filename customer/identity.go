package customer

import (
	"strings"
	"unicode"

	"openlend/calendar"
)

// Identity is who a customer is, in plain text. It prints as hidden.
type Identity struct {
	hidden

	Name       string
	BirthOn    calendar.Date // of a company: the day it was founded
	Country    string        // ISO 3166-1 alpha-2, that issued the national id
	NationalID string        // of a company: its register number
	Contact
}

// Contact is how a customer is reached. It prints as hidden.
type Contact struct {
	hidden

	Phone   string // +, country code, number
	Email   string
	Address string
}

const oldest = "1880-01-01" // nobody living was born before, and few companies founded

// tidy brings the fields into the form they are kept in and refuses what cannot
// be right. on is the business date. Whether it is true is for the check to say.
// Refusals: ErrName, ErrBirth, ErrCountry, ErrNationalID, those of Contact.
func (i Identity) tidy(kind Kind, on calendar.Date) (Identity, error) {
	i.Name = strings.Join(strings.Fields(i.Name), " ")
	i.Country = strings.ToUpper(i.Country)
	switch {
	case !properName(kind, i.Name):
		return i, ErrName.In("name")
	case !i.BirthOn.Valid() || i.BirthOn >= on || i.BirthOn < calendar.MustParseDate(oldest):
		return i, ErrBirth.In("birth_date")
	case !isCountry(i.Country):
		return i, ErrCountry.In("country")
	}
	i.NationalID = plainNumber(i.NationalID)
	if len(i.NationalID) < 4 || len(i.NationalID) > 30 {
		return i, ErrNationalID.In("national_id")
	}
	var err error
	i.Contact, err = i.Contact.tidy()
	return i, err
}

// tidy does for a contact what it does for an identity. Refusals: ErrPhone,
// ErrEmail, ErrAddress.
func (c Contact) tidy() (Contact, error) {
	c.Phone = tidyPhone(c.Phone)
	c.Email = strings.TrimSpace(c.Email)
	c.Address = strings.TrimSpace(c.Address)
	switch length := len([]rune(c.Address)); {
	case c.Phone == "":
		return c, ErrPhone.In("phone")
	case !properEmail(c.Email):
		return c, ErrEmail.In("email")
	case length < 5 || length > 300 || !printable(c.Address):
		return c, ErrAddress.In("address")
	}
	return c, nil
}

// properName wants two letters at least and nothing that no name has; a company
// may have digits and more signs in its name.
func properName(kind Kind, name string) bool {
	letters := 0
	for _, r := range name {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsMark(r) || strings.ContainsRune(" -'’.,·‧・", r):
		case kind == Company && (unicode.IsDigit(r) || strings.ContainsRune("&+/()（）!", r)):
		default:
			return false
		}
	}
	return letters >= 2 && len([]rune(name)) <= 140
}

// plainNumber keeps the ASCII letters and digits of a number as printed, in
// capitals; "" when there is anything else than separators between them.
func plainNumber(s string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(s) {
		switch {
		case r >= '0' && r <= '9' || r >= 'A' && r <= 'Z':
			b.WriteRune(r)
		case strings.ContainsRune(" -./", r):
		default:
			return ""
		}
	}
	return b.String()
}

// tidyPhone returns E.164, "" when it is none.
func tidyPhone(s string) string {
	digits, isInternational := strings.CutPrefix(strings.TrimSpace(s), "+")
	digits = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "").Replace(digits)
	wrong := !isInternational || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' ||
		strings.Trim(digits, "0123456789") != ""
	if wrong {
		return ""
	}
	return "+" + digits
}

// properEmail asks for one @, something before it and a domain with a dot.
func properEmail(s string) bool {
	local, domain, _ := strings.Cut(s, "@")
	host, top, hasDot := strings.Cut(domain, ".")
	return local != "" && host != "" && top != "" && hasDot && len(s) <= 254 && printable(s) &&
		!strings.ContainsAny(s, " <>\"(),;:\\") && !strings.Contains(domain, "@") &&
		!strings.HasSuffix(domain, ".") && !strings.Contains(s, "..")
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' })
}

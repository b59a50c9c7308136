package customer

import (
	"context"
	"strings"

	"openlend/calendar"
	"openlend/internal/crypt"
)

// The names that sealed values and blind indexes are bound to. They never
// change: what was sealed under another name does not open.
const (
	columnName       = "customer_identity.name"
	columnBirthOn    = "customer_identity.birth_on"
	columnNationalID = "customer_identity.national_id"
	columnPhone      = "customer_identity.phone"
	columnEmail      = "customer_identity.email"
	columnAddress    = "customer_identity.address"
	columnDocument   = "customer_check.document"
	columnAccount    = "customer_bank_account.account"
	columnHolder     = "customer_bank_account.holder"
	columnAcceptance = "customer_acceptance.address"
)

// sealedIdentity is a row of customer_identity.
type sealedIdentity struct {
	customer                  ID
	name, birthOn, nationalID []byte
	phone, email, address     []byte
	nationalIDIndex           []byte
	phoneIndex, emailIndex    []byte
}

// field is one value on its way into or out of a sealed column.
type field struct {
	column string
	plain  *string
	sealed *[]byte
}

func sealAll(ctx context.Context, vault *crypt.Vault, customer ID, fields []field) error {
	for _, f := range fields {
		sealed, err := vault.Seal(ctx, int64(customer), f.column, []byte(*f.plain))
		if err != nil {
			return err
		}
		*f.sealed = sealed
	}
	return nil
}

func openAll(ctx context.Context, vault *crypt.Vault, customer ID, fields []field) error {
	for _, f := range fields {
		plain, err := vault.Open(ctx, int64(customer), f.column, *f.sealed)
		if err != nil {
			return err
		}
		*f.plain = string(plain)
	}
	return nil
}

// fieldsOf pairs each plain field with its sealed column.
func (s *sealedIdentity) fieldsOf(i *Identity, birthOn *string) []field {
	return append([]field{
		{columnName, &i.Name, &s.name},
		{columnBirthOn, birthOn, &s.birthOn},
		{columnNationalID, &i.NationalID, &s.nationalID},
	}, s.contactFields(&i.Contact)...)
}

func (s *sealedIdentity) contactFields(c *Contact) []field {
	return []field{
		{columnPhone, &c.Phone, &s.phone},
		{columnEmail, &c.Email, &s.email},
		{columnAddress, &c.Address, &s.address},
	}
}

func sealIdentity(
	ctx context.Context, vault *crypt.Vault, customer ID, i Identity,
) (sealedIdentity, error) {
	s := sealedIdentity{customer: customer,
		nationalIDIndex: nationalIDIndex(vault, i.Country, i.NationalID)}
	s.indexContact(vault, i.Contact)
	birthOn := i.BirthOn.String()
	return s, sealAll(ctx, vault, customer, s.fieldsOf(&i, &birthOn))
}

func (s *sealedIdentity) indexContact(vault *crypt.Vault, c Contact) {
	s.phoneIndex = phoneIndex(vault, c.Phone)
	s.emailIndex = emailIndex(vault, c.Email)
}

func (s *sealedIdentity) open(
	ctx context.Context, vault *crypt.Vault, country string,
) (Identity, error) {
	i := Identity{Country: country}
	var birthOn string
	if err := openAll(ctx, vault, s.customer, s.fieldsOf(&i, &birthOn)); err != nil {
		return Identity{}, err
	}
	var err error
	i.BirthOn, err = calendar.ParseDate(birthOn)
	return i, err
}

// The indexes are of values in one form: the country belongs to a national id,
// case and separators do not.
func nationalIDIndex(vault *crypt.Vault, country, number string) []byte {
	return vault.Index(columnNationalID, strings.ToUpper(country)+":"+plainNumber(number))
}

func phoneIndex(vault *crypt.Vault, phone string) []byte {
	return vault.Index(columnPhone, tidyPhone(phone))
}

func emailIndex(vault *crypt.Vault, email string) []byte {
	return vault.Index(columnEmail, strings.ToLower(strings.TrimSpace(email)))
}

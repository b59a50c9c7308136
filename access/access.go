// Package access says who acts and what he may do.
//
// Invariants: nothing is allowed that the table of grants does not name; a
// customer acts for himself alone, and what belongs to another looks to him as
// if it did not exist; two people are two only when their names differ. A token
// is proof of who its bearer is and carries no secret of anybody.
package access

import (
	"strconv"
	"strings"
)

// Kind is what sort of actor somebody is.
type Kind string

// The kinds of actor.
const (
	KindCustomer Kind = "customer" // a person or company, for himself
	KindStaff    Kind = "staff"    // one of the platform's people, in one role
	KindSystem   Kind = "system"   // a service of the platform: closing, a saga
)

// Actor is who does something: every operation is given one. The zero Actor may
// do nothing.
type Actor struct {
	Kind     Kind
	Customer int64  // customer.ID of a customer, else 0
	Role     Role   // of staff
	Name     string // of staff or a service: lower case, as shown in records
}

// Customer is the actor that is a customer.
func Customer(id int64) Actor { return Actor{Kind: KindCustomer, Customer: id} }

// Staff is one of the platform's people. An empty name is the role's own: then
// everybody in that role is one person to the four-eyes rule.
func Staff(role Role, name string) Actor {
	if name == "" {
		name = string(role)
	}
	return Actor{Kind: KindStaff, Role: role, Name: name}
}

// System is a service of the platform, which may do whatever its code does.
func System(name string) Actor { return Actor{Kind: KindSystem, Name: name} }

// Principal is the actor's name in records and the owner of his idempotency
// keys: "customer:123", "staff:alice", "system:closing".
func (a Actor) Principal() string {
	if a.Kind == KindCustomer {
		return string(a.Kind) + ":" + strconv.FormatInt(a.Customer, 10)
	}
	return string(a.Kind) + ":" + a.Name
}

// May says whether the actor holds a permission by his role.
func (a Actor) May(p Permission) bool {
	switch a.Kind {
	case KindSystem:
		return true
	case KindStaff:
		return granted(a.Role, p)
	}
	return false
}

// Require refuses an actor without the permission. Refusal: ErrForbidden.
func (a Actor) Require(p Permission) error {
	if a.May(p) {
		return nil
	}
	return ErrForbidden
}

// Is says whether the actor is that customer.
func (a Actor) Is(customer int64) bool {
	return a.Kind == KindCustomer && customer != 0 && a.Customer == customer
}

// RequireSelf lets a customer do what is his own, and whoever holds the
// permission do it for him. Refusals: ErrForbidden for staff, ErrNotYours for
// another customer; rooms turn that one into their own "there is no such".
func (a Actor) RequireSelf(customer int64, p Permission) error {
	switch {
	case a.Is(customer) || a.May(p):
		return nil
	case a.Kind == KindCustomer:
		return ErrNotYours
	}
	return ErrForbidden
}

// SecondPerson refuses a checker who is the maker. maker is the Principal that
// was recorded. Refusal: ErrFourEyes.
func (a Actor) SecondPerson(maker string) error {
	if strings.EqualFold(a.Principal(), maker) {
		return ErrFourEyes
	}
	return nil
}

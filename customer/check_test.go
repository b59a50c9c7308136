package customer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/testdb"
)

func TestCheckOfIdentity(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in := o.anna()
		c := o.register(in)
		check := o.submit(self(c), c.ID, card(in))
		if check.State != CheckPending || o.get(c.ID).Status != New {
			t.Errorf("at first the check is %s and he %s", check.State, o.get(c.ID).Status)
		}
		refused(o, "a second document", ErrCheckOpen,
			func(ctx context.Context, tx *db.Tx) (Check, error) {
				return SubmitDocument(ctx, tx, o.ids, o.vault, self(c), NewDocument{c.ID, card(in)})
			})
		o.runChecks()
		got, now := o.getCheck(check.ID), o.get(c.ID)
		if got.State != CheckVerified || got.Provider != "built-in" || len(got.Reasons) != 0 ||
			!got.FoundAt.Equal(morning) {
			t.Errorf("the check is %+v", got)
		}
		if now.Status != Verified || !now.VerifiedAt.Equal(morning) {
			t.Errorf("he is %+v", now)
		}
		refused(o, "a document too many", ErrState,
			func(ctx context.Context, tx *db.Tx) (Check, error) {
				return SubmitDocument(ctx, tx, o.ids, o.vault, self(c), NewDocument{c.ID, card(in)})
			})
		if n, err := o.checker(BuiltIn()).RunDue(o.Context()); n != 0 || err != nil {
			t.Errorf("nothing is due: %d, %v", n, err)
		}
		o.mustHold()
	})
}

// What a provider says is what happens, and what a person says when it refers.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		says := func(f Finding) Provider {
			return Provider{Name: "other", Check: func(context.Context, Facts) (Finding, error) {
				return f, nil
			}}
		}
		decide := func(actor access.Actor, check CheckID, verify bool) work[Check] {
			return func(ctx context.Context, tx *db.Tx) (Check, error) {
				return DecideCheck(ctx, tx, o.ids, actor, CheckDecision{check, verify})
			}
		}
		for name, c := range map[string]struct {
			found   Finding
			decided CheckState // "": by nobody
			state   CheckState
			status  Status
			reasons []Reason
		}{
			"verified":           {Finding{State: CheckVerified}, "", CheckVerified, Verified, nil},
			"refused":            {Finding{CheckRefused, []Reason{"a", "b"}}, "", CheckRefused, New, []Reason{"a", "b"}},
			"referred":           {Finding{CheckReferred, []Reason{"a"}}, "", CheckReferred, New, []Reason{"a"}},
			"referred, verified": {Finding{CheckReferred, []Reason{"a"}}, CheckVerified, CheckVerified, Verified, []Reason{"a", ReasonStaff}},
			"referred, refused":  {Finding{CheckReferred, []Reason{"a"}}, CheckRefused, CheckRefused, New, []Reason{"a", ReasonStaff}},
		} {
			in := o.anna()
			who := o.register(in)
			check := o.submit(compliance, who.ID, card(in)) // staff on his behalf
			if n, err := o.checker(says(c.found)).RunDue(o.Context()); n != 1 || err != nil {
				t.Fatalf("%s: %d answers, %v", name, n, err)
			}
			if c.decided != "" {
				refused(o, name+", by whoever handed it in", access.ErrFourEyes,
					decide(compliance, check.ID, true))
				refused(o, name+", by an auditor", access.ErrForbidden, decide(auditor, check.ID, true))
				do(o, decide(second, check.ID, c.decided == CheckVerified))
			}
			got := o.getCheck(check.ID)
			if got.State != c.state || !slices.Equal(got.Reasons, c.reasons) ||
				o.get(who.ID).Status != c.status {
				t.Errorf("%s: the check is %+v, he is %s", name, got, o.get(who.ID).Status)
			}
			if got.State == CheckRefused { // he may try again
				o.submit(self(who), who.ID, card(in))
				o.runChecks()
				if o.get(who.ID).Status != Verified {
					t.Errorf("%s: the second document did not help", name)
				}
			}
		}
		o.mustHold()
	})
}

// A step of a check that is not drawn is refused and changes nothing.
func TestIllegalStepsOfChecks(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		all := []CheckState{CheckPending, CheckReferred, CheckVerified, CheckRefused}
		reach := map[CheckState]Finding{
			CheckReferred: {CheckReferred, []Reason{"a"}},
			CheckVerified: {State: CheckVerified}, CheckRefused: {CheckRefused, []Reason{"a"}},
		}
		for _, from := range all {
			in := o.anna()
			who := o.register(in)
			check := o.submit(self(who), who.ID, card(in))
			record := func(to CheckState) work[Check] {
				return func(ctx context.Context, tx *db.Tx) (Check, error) {
					return RecordFinding(ctx, tx, o.ids, desk,
						ProviderFinding{check.ID, "p", reach[to]})
				}
			}
			if from != CheckPending {
				do(o, record(from))
			}
			for _, to := range all[1:] {
				// The provider answers a pending check, a person a referred one; each pair
				// of states has one of them at most that is legal.
				if from != CheckPending {
					refused(o, "provider: "+string(from)+" to "+string(to), ErrState, record(to))
				}
				if from != CheckReferred && to != CheckReferred {
					refused(o, "person: "+string(from)+" to "+string(to), ErrState,
						func(ctx context.Context, tx *db.Tx) (Check, error) {
							return DecideCheck(ctx, tx, o.ids, compliance,
								CheckDecision{check.ID, to == CheckVerified})
						})
				}
				if legal := slices.Contains(from.Steps(), to); legal !=
					(from == CheckPending || from == CheckReferred && to != CheckReferred) {
					t.Errorf("%s to %s: the table says %v", from, to, legal)
				}
			}
			if got := o.getCheck(check.ID); got.State != from {
				t.Errorf("it is %s, was %s", got.State, from)
			}
		}
	})
}

// A provider that fails, or says what makes no sense, verifies nobody; the check
// waits, and others are made.
func TestProviderFails(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in, next := o.anna(), o.anna()
		broken, fine := o.register(in), o.register(next)
		waiting := o.submit(self(broken), broken.ID, card(in))
		o.submit(self(fine), fine.ID, card(next))
		down := errors.New("the service is down")
		for name, answer := range map[string]struct {
			found Finding
			fault error
			want  error
		}{
			"down":               {Finding{State: CheckVerified}, down, down},
			"nothing":            {Finding{}, nil, ErrFinding},
			"pending":            {Finding{State: CheckPending}, nil, ErrFinding},
			"verified, but":      {Finding{CheckVerified, []Reason{"a"}}, nil, ErrFinding},
			"refused, no reason": {Finding{State: CheckRefused}, nil, ErrFinding},
			"a sentence":         {Finding{CheckRefused, []Reason{"Anna has no card"}}, nil, ErrFinding},
			"a long reason":      {Finding{CheckRefused, []Reason{Reason(strings.Repeat("a", 61))}}, nil, ErrFinding},
		} {
			p := Provider{Name: "other", Check: func(_ context.Context, f Facts) (Finding, error) {
				if f.Claimed.NationalID == in.NationalID {
					return answer.found, answer.fault
				}
				return Finding{State: CheckVerified}, nil
			}}
			if _, err := o.checker(p).RunDue(o.Context()); !errors.Is(err, answer.want) {
				t.Errorf("%s: %v", name, err)
			}
			if o.getCheck(waiting.ID).State != CheckPending || o.get(broken.ID).Status != New {
				t.Errorf("%s: the check is %+v", name, o.getCheck(waiting.ID))
			}
			if o.get(fine.ID).Status != Verified {
				t.Errorf("%s: it held up another", name)
			}
		}
		o.runChecks()
		if o.get(broken.ID).Status != Verified {
			t.Error("it is not asked again")
		}
	})
}

// Nothing is locked or open while a provider takes its time, and the answer of
// one who asked too is enough.
func TestProviderIsCalledOutsideTransactions(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in := o.anna()
		c := o.register(in)
		check := o.submit(self(c), c.ID, card(in))
		p := Provider{Name: "slow", Check: func(context.Context, Facts) (Finding, error) {
			o.freeze(c.ID) // a whole write, on the engine that has one writer too
			do(o, func(ctx context.Context, tx *db.Tx) (Check, error) {
				return RecordFinding(ctx, tx, o.ids, desk,
					ProviderFinding{check.ID, "quick", Finding{State: CheckVerified}})
			})
			return Finding{CheckRefused, []Reason{"late"}}, nil
		}}
		if _, err := o.checker(p).RunDue(o.Context()); err != nil {
			t.Error(err)
		}
		if got := o.getCheck(check.ID); got.Provider != "quick" || got.State != CheckVerified {
			t.Errorf("the check is %+v", got)
		}
		// He was frozen meanwhile and stays so; released, he is verified.
		if got := o.get(c.ID); got.Status != Frozen || got.VerifiedAt.IsZero() {
			t.Errorf("he is %+v", got)
		}
		o.mustHold()
		if got := o.unfreeze(c.ID); got.Status != Verified || o.get(c.ID) != got {
			t.Errorf("released he is %+v", got)
		}
		o.mustHold()
	})
}

func TestCheckerRuns(t *testing.T) {
	t.Parallel()
	url := testdb.SQLite(t)
	o := newOffice(t, url)
	in := o.anna()
	c := o.register(in)
	asked := make(chan struct{})
	p := Provider{Name: "p", Check: func(context.Context, Facts) (Finding, error) {
		close(asked)
		return Finding{State: CheckVerified}, nil
	}}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	checker := o.checker(p)
	o.submit(self(c), c.ID, card(in))
	go func() { checker.Run(ctx); close(done) }()
	<-asked
	stop()
	<-done
}

func TestSubmitDocumentRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in := o.anna()
		c := o.register(in)
		submit := func(actor access.Actor, who ID, d Document) work[Check] {
			return func(ctx context.Context, tx *db.Tx) (Check, error) {
				return SubmitDocument(ctx, tx, o.ids, o.vault, actor, NewDocument{who, d})
			}
		}
		for name, spoil := range map[string]func(*Document){
			"number": func(d *Document) { d.Number = "" }, "name": func(d *Document) { d.Name = "" },
			"birth": func(d *Document) { d.BirthOn = 0 }, "issuer": func(d *Document) { d.Issuer = "" },
			"issued": func(d *Document) { d.IssuedOn = 0 },
		} {
			d := card(in)
			spoil(&d)
			refused(o, name, ErrDocument, submit(self(c), c.ID, d))
		}
		refused(o, "another's", ErrNotFound, submit(access.Customer(9), c.ID, card(in)))
		refused(o, "an auditor", access.ErrForbidden, submit(auditor, c.ID, card(in)))
		refused(o, "nobody's", ErrNotFound, submit(compliance, 77, card(in)))
		o.freeze(c.ID)
		refused(o, "a frozen one's", ErrFrozen, submit(self(c), c.ID, card(in)))
	})
}

func TestBuiltInProvider(t *testing.T) {
	t.Parallel()
	base := func() Facts {
		in := (&office{T: t}).anna()
		claimed, err := in.tidy(Person, today)
		if err != nil {
			t.Fatal(err)
		}
		return Facts{Kind: Person, Claimed: claimed, Document: card(in), On: today}
	}
	day := calendar.NewDate
	for name, c := range map[string]struct {
		spoil func(*Facts)
		state CheckState
		want  []Reason
	}{
		"all is well":       {func(*Facts) {}, CheckVerified, nil},
		"expires today":     {func(f *Facts) { f.Document.ExpiresOn = today }, CheckVerified, nil},
		"never expires":     {func(f *Facts) { f.Document.ExpiresOn = 0 }, CheckVerified, nil},
		"issued today":      {func(f *Facts) { f.Document.IssuedOn = today }, CheckVerified, nil},
		"passport":          {func(f *Facts) { f.Document.Kind, f.Document.Number = Passport, "C01234567" }, CheckVerified, nil},
		"foreign passport":  {func(f *Facts) { f.Document.Kind, f.Document.Issuer = Passport, "US" }, CheckVerified, nil},
		"other spelling":    {func(f *Facts) { f.Document.Name = "MUELLER, ANNA" }, CheckVerified, nil},
		"18 today":          {func(f *Facts) { born(f, day(2008, 3, 2)) }, CheckVerified, nil},
		"18 tomorrow":       {func(f *Facts) { born(f, day(2008, 3, 3)) }, CheckRefused, []Reason{ReasonUnderage}},
		"expired yesterday": {func(f *Facts) { f.Document.ExpiresOn = today.Days(-1) }, CheckRefused, []Reason{ReasonExpired}},
		"expires at issue":  {func(f *Facts) { f.Document.IssuedOn, f.Document.ExpiresOn = today, today.Days(-1) }, CheckRefused, []Reason{ReasonExpired}},
		"issued tomorrow":   {func(f *Facts) { f.Document.IssuedOn = today.Days(1) }, CheckRefused, []Reason{ReasonIssued}},
		"issued before":     {func(f *Facts) { f.Document.IssuedOn = day(1980, 1, 1) }, CheckRefused, []Reason{ReasonIssued}},
		"other number":      {func(f *Facts) { f.Document.Number = "X1234567" }, CheckRefused, []Reason{ReasonDocumentNumber}},
		"foreign id card":   {func(f *Facts) { f.Document.Issuer = "AT" }, CheckRefused, []Reason{ReasonDocumentNumber}},
		"no such country":   {func(f *Facts) { f.Document.Kind, f.Document.Issuer = Passport, "ZZ" }, CheckRefused, []Reason{ReasonIssuer}},
		"other birth date":  {func(f *Facts) { f.Document.BirthOn = day(1990, 5, 18) }, CheckRefused, []Reason{ReasonBirthDate}},
		"library card":      {func(f *Facts) { f.Document.Kind = "library_card" }, CheckRefused, []Reason{ReasonDocumentKind}},
		"company's paper":   {func(f *Facts) { f.Document.Kind = RegisterExtract }, CheckRefused, []Reason{ReasonDocumentKind}},
		"other name":        {func(f *Facts) { f.Document.Name = "Anna Schmidt" }, CheckReferred, []Reason{ReasonName}},
		"told to refer":     {func(f *Facts) { f.Claimed.Email = "anna+kyc-refer@example.org" }, CheckReferred, []Reason{ReasonTest}},
		"told to refuse":    {func(f *Facts) { f.Claimed.Email = "Anna+KYC-refuse@example.org" }, CheckRefused, []Reason{ReasonTest}},
		"wrong and unclear": {func(f *Facts) { f.Document.Name, f.Document.BirthOn = "X Y", day(1990, 5, 18) }, CheckRefused, []Reason{ReasonBirthDate, ReasonName}},
		"company":           {func(f *Facts) { f.Kind, f.Document.Kind = Company, RegisterExtract }, CheckVerified, nil},
		"young company": {func(f *Facts) {
			f.Kind, f.Document.Kind = Company, RegisterExtract
			born(f, day(2025, 1, 1))
			f.Document.IssuedOn = today
		}, CheckVerified, nil},
		"company, id card": {func(f *Facts) { f.Kind = Company }, CheckRefused, []Reason{ReasonDocumentKind}},
		"chinese":          {func(f *Facts) { chinese(f, "11010519491231002X", day(1949, 12, 31)) }, CheckVerified, nil},
		"chinese, digit":   {func(f *Facts) { chinese(f, "110105194912310021", day(1949, 12, 31)) }, CheckRefused, []Reason{ReasonCheckDigit}},
		"chinese, date":    {func(f *Facts) { chinese(f, "11010519491231002X", day(1949, 12, 30)) }, CheckRefused, []Reason{ReasonIDBirthDate}},
		"chinese company": {func(f *Facts) {
			f.Kind, f.Document.Kind = Company, RegisterExtract
			chinese(f, "91350100M000100Y43", day(2015, 10, 1))
		}, CheckVerified, nil},
		"its digit": {func(f *Facts) {
			f.Kind, f.Document.Kind = Company, RegisterExtract
			chinese(f, "91350100M000100Y44", day(2015, 10, 1))
		}, CheckRefused, []Reason{ReasonCheckDigit}},
	} {
		facts := base()
		c.spoil(&facts)
		got, err := BuiltIn().Check(t.Context(), facts)
		if err != nil || got.State != c.state || !slices.Equal(got.Reasons, c.want) {
			t.Errorf("%s: %v, %v; want %s for %v", name, got, err, c.state, c.want)
		}
		if err := got.check(); err != nil {
			t.Errorf("%s: its finding is refused: %v", name, err)
		}
	}
}

// born changes the birth date everywhere.
func born(f *Facts, on calendar.Date) {
	f.Claimed.BirthOn, f.Document.BirthOn = on, on
}

// chinese makes the facts those of somebody with that number.
func chinese(f *Facts, number string, birthOn calendar.Date) {
	f.Claimed.Country, f.Document.Issuer = "CN", "CN"
	f.Claimed.NationalID, f.Document.Number = number, number
	born(f, birthOn)
}

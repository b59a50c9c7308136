package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// goodSchedule is a line with every field; fields are replaced in the tests.
const goodSchedule = `{"principal":"10000.00","currency":"EUR","annual_rate":"0.12",` +
	`"method":"equal_instalments","day_count":"actual/actual","interest":"daily",` +
	`"start":"2023-12-12","every":"1 month","instalments":6,"grace_principal":0,` +
	`"grace_interest":0,"interest_free_periods":0,"instalment_multiple":"0.01"}`

// goodAnswer is what it answers; the first instalment is the one that the
// platform's contract prints, the whole is the published Fineract schedule.
const goodAnswer = `{"instalments":[` +
	`{"nr":1,"due_on":"2024-01-12","principal":"1623.75","interest":"101.81","total":"1725.56","balance":"8376.25"},` +
	`{"nr":2,"due_on":"2024-02-12","principal":"1640.42","interest":"85.14","total":"1725.56","balance":"6735.83"},` +
	`{"nr":3,"due_on":"2024-03-12","principal":"1661.51","interest":"64.05","total":"1725.56","balance":"5074.32"},` +
	`{"nr":4,"due_on":"2024-04-12","principal":"1673.98","interest":"51.58","total":"1725.56","balance":"3400.34"},` +
	`{"nr":5,"due_on":"2024-05-12","principal":"1692.11","interest":"33.45","total":"1725.56","balance":"1708.23"},` +
	`{"nr":6,"due_on":"2024-06-12","principal":"1708.23","interest":"17.36","total":"1725.59","balance":"0.00"}],` +
	`"total_interest":"353.39"}`

// swap replaces one part of the good line; it must be there.
func swap(part, other string) string {
	if strings.Count(goodSchedule, part) != 1 {
		panic(part)
	}
	return strings.Replace(goodSchedule, part, other, 1)
}

const plainAPR = `{"advances":[{"amount":"5000","period":0,"fraction":"0"}],` +
	`"payments":[{"amount":"230","count":24,"period":1,"fraction":"0"}],"periods_per_year":"12"}`

// TestCalcAnswers: lines and their whole answers.
func TestCalcAnswers(t *testing.T) {
	for _, c := range []struct{ command, line, want string }{
		{"schedule", goodSchedule, goodAnswer},
		{"schedule", `{"principal":"10000.00","currency":"EUR","annual_rate":"0.12",` +
			`"method":"equal_instalments","start":"2023-12-12","instalments":6}`, goodAnswer},
		{"schedule", swap(`"10000.00"`, `1.0E+4`), goodAnswer},
		{"schedule", swap(`"0.12"`, `12e-2`), goodAnswer},
		{"schedule", swap(`"instalments":6`, `"instalments":"6","first_due":null`), goodAnswer},
		{"schedule", swap(`"instalments":6`, `"instalments":6.0,"first_due":"2024-01-12"`), goodAnswer},
		{"schedule", `{"principal":1000,"currency":"JPY","annual_rate":0,"method":"flat",` +
			`"start":"2024-01-31","instalments":2,"instalment_multiple":100}`, `{"instalments":[` +
			`{"nr":1,"due_on":"2024-02-29","principal":"500","interest":"0","total":"500","balance":"500"},` +
			`{"nr":2,"due_on":"2024-03-31","principal":"500","interest":"0","total":"500","balance":"0"}],` +
			`"total_interest":"0"}`},
		{"apr", plainAPR, `{"apr":"0.096857080623"}`},
		{"apr", `{"advances":[{"amount":5000}],"payments":[{"amount":230.00,"count":24,"period":1}],` +
			`"periods_per_year":12.0}`, `{"apr":"0.096857080623"}`},
		{"apr", `{"advances":[{"amount":"1000"}],"payments":[{"amount":"1044","period":1}],` +
			`"periods_per_year":"2"}`, `{"apr":"0.088000000000"}`},
		{"apr", `{"advances":[{"amount":"100"}],"payments":[{"amount":"101","period":1}],` +
			`"periods_per_year":"12.5"}`, `{"apr":"0.125000000000"}`},
		{"aprc", `{"flows":[{"on":"2015-01-01","amount":"-1000.00"},{"on":"2017-01-01","amount":1210}]}`,
			`{"aprc":"0.100000000"}`},
		{"aprc", `{"flows":[{"years":0,"amount":-188500},{"years":"0.5","amount":"200000.00"}]}`,
			`{"aprc":"0.125737886"}`},
		{"aprc", `{"flows":[{"years":"-1","amount":"-1000"},{"years":1e0,"amount":"810"}]}`,
			`{"aprc":"-0.100000000"}`},
		{"xirr", `{"flows":[["2022-01-01",1100],["2021-01-01","-1000.0000000001"]]}`,
			`{"rate":"0.09999999999989"}`},
		{"xirr", `{"flows":[["2021-01-01",-1e3],["2021-12-27","1100"]],"day_count":"actual/360"}`,
			`{"rate":"0.1"}`},
		{"xirr", ` {"flows":[["2021-01-01","-100"],["2022-01-01","0.00001"]]} ` + "\r",
			`{"rate":"-0.9999999"}`},
	} {
		code, out, errs := execute(t, c.line+"\n", "calc", c.command)
		if code != exitOK || errs != "" || out != c.want+"\n" {
			t.Errorf("%s %s:\n got %s\nwant %s (exit %d, %q)", c.command, c.line, out, c.want, code, errs)
		}
	}
}

// TestCalcRefusals: each line gets its code and field, and the line after it
// its answer.
func TestCalcRefusals(t *testing.T) {
	flows := func(on, amount string) string {
		return `{"flows":[["2021-01-01","-100"],[` + on + `,` + amount + `]]}`
	}
	for _, c := range []struct{ command, line, code, field string }{
		{"xirr", `nonsense`, "calc.json", ""},
		{"xirr", `[1]`, "calc.json", ""},
		{"xirr", `"flows"`, "calc.json", ""},
		{"xirr", `{"flows":[]`, "calc.json", ""},
		{"xirr", `{"flows":[}`, "calc.json", ""},
		{"xirr", `{} {}`, "calc.json", ""},
		{"xirr", "{\"flows\xff\":[]}", "calc.json", ""},
		{"xirr", strings.Repeat("[", 1e5), "calc.json", ""},
		{"xirr", `{"flows":[],"flows":[]}`, "calc.duplicate_field", "flows"},
		{"xirr", `{"flows":[["2021-01-01",{"a":1,"a":2}]]}`, "calc.duplicate_field", "flows[0][1].a"},
		{"xirr", `{"Flows":[],"flows":[]}`, "calc.unknown_field", "Flows"},
		{"xirr", `{}`, "calc.missing_field", "flows"},
		{"xirr", `{"flows":null}`, "calc.missing_field", "flows"},
		{"xirr", `{"flows":{}}`, "calc.field_type", "flows"},
		{"xirr", `{"flows":[["2021-01-01"]]}`, "calc.field_type", "flows[0]"},
		{"xirr", `{"flows":[["2021-01-01","1","2"]]}`, "calc.field_type", "flows[0]"},
		{"xirr", `{"flows":[]}`, "loan.no_root", "flows"},
		{"xirr", flows(`"2022-01-01"`, `"-1"`), "loan.no_root", "flows"},
		{"xirr", flows(`"2021-02-29"`, `"1"`), "calendar.date", "flows[1].on"},
		{"xirr", flows(`"2021-2-28"`, `"1"`), "calendar.date", "flows[1].on"},
		{"xirr", flows(`""`, `"1"`), "calendar.date", "flows[1].on"},
		{"xirr", flows(`20210101`, `"1"`), "calc.field_type", "flows[1].on"},
		{"xirr", flows(`null`, `"1"`), "calc.missing_field", "flows[1].on"},
		{"xirr", flows(`"2022-01-01"`, `"NaN"`), "money.syntax", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `"Inf"`), "money.syntax", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `"0x10"`), "money.syntax", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `"1e3"`), "money.syntax", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `"１００"`), "money.syntax", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `"1,000"`), "money.syntax", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `"+1"`), "money.syntax", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `"1."`), "money.syntax", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `".5"`), "money.syntax", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `" 5"`), "money.syntax", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `"--5"`), "money.syntax", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `""`), "money.syntax", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `true`), "calc.field_type", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `NaN`), "calc.json", ""},
		{"xirr", flows(`"2022-01-01"`, `1e61`), "money.overflow", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `1e99999999999999999999`), "money.overflow", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `1e-61`), "money.precision", "flows[1].amount"},
		{"xirr", flows(`"2022-01-01"`, `"12345678901234567890"`), "money.overflow", "flows[1].amount"},
		{"xirr", `{"flows":[["2021-01-01","-1"]],"day_count":"actual/300"}`,
			"calendar.day_count", "day_count"},
		{"xirr", `{"flows":[["2021-01-01","-1"]],"guess":"0.1"}`, "calc.unknown_field", "guess"},

		{"aprc", `{"flows":[{"on":"2015-01-01","amount":"-1"},{"years":"1","amount":"2"}]}`,
			"calc.mixed_flows", "flows"},
		{"aprc", `{"flows":[{"on":"2015-01-01","years":"1","amount":"2"}]}`,
			"calc.unknown_field", "flows[0].on"},
		{"aprc", `{"flows":[{"amount":"2"}]}`, "calc.missing_field", "flows[0].on"},
		{"aprc", `{"flows":[{"years":"1"}]}`, "calc.missing_field", "flows[0].amount"},
		{"aprc", `{"flows":[{"on":"2015-01-01","on":"2015-01-01"}]}`,
			"calc.duplicate_field", "flows[0].on"},
		{"aprc", `{"flows":["2015-01-01"]}`, "calc.field_type", "flows[0]"},
		{"aprc", `{"flows":[]}`, "loan.no_root", "flows"},
		{"aprc", `{"flows":[{"years":"0","amount":"-1"},{"years":"0.025","amount":"2"}]}`,
			"money.overflow", "flows"},

		{"apr", strings.Replace(plainAPR, `"12"}`, `"0"}`, 1), "loan.periods_per_year", "periods_per_year"},
		{"apr", strings.Replace(plainAPR, `"12"}`, `"x"}`, 1), "money.syntax", "periods_per_year"},
		{"apr", strings.Replace(plainAPR, `24`, `0`, 1), "loan.series_count", "payments[0].count"},
		{"apr", strings.Replace(plainAPR, `24`, `1.5`, 1), "calc.field_type", "payments[0].count"},
		{"apr", strings.Replace(plainAPR, `24`, `99999999999999999999`, 1),
			"calc.field_type", "payments[0].count"},
		{"apr", strings.Replace(plainAPR, `230`, `-230`, 1), "loan.series_amount", "payments[0].amount"},
		{"apr", strings.Replace(plainAPR, `"fraction":"0"`, `"fraction":"1"`, 1),
			"loan.fraction", "advances[0].fraction"},
		{"apr", strings.Replace(plainAPR, `"fraction"`, `"part"`, 1),
			"calc.unknown_field", "advances[0].part"},
		{"apr", `{"advances":[],"payments":[],"periods_per_year":12}`, "loan.no_root", ""},

		{"schedule", swap(`"0.12"`, `"0.1200000001"`), "money.precision", "annual_rate"},
		{"schedule", swap(`"0.12"`, `0.1234567891`), "money.precision", "annual_rate"},
		{"schedule", swap(`"0.12"`, `"-0.12"`), "loan.rate", "annual_rate"},
		{"schedule", swap(`"0.12"`, `"12 %"`), "money.syntax", "annual_rate"},
		{"schedule", swap(`"10000.00"`, `"10000.001"`), "money.precision", "principal"},
		{"schedule", swap(`"10000.00"`, `"0"`), "loan.principal", "principal"},
		{"schedule", swap(`"10000.00"`, `"-1"`), "loan.principal", "principal"},
		{"schedule", swap(`"10000.00"`, `"92233720368547758.08"`), "money.overflow", "principal"},
		{"schedule", swap(`"EUR"`, `"EURO"`), "money.currency_unknown", "currency"},
		{"schedule", swap(`"EUR"`, `978`), "calc.field_type", "currency"},
		{"schedule", swap(`"EUR"`, `"JPY"`), "money.precision", "principal"},
		{"schedule", swap(`"equal_instalments"`, `"annuity"`), "loan.method", "method"},
		{"schedule", swap(`"actual/actual"`, `"daily"`), "calendar.day_count", "day_count"},
		{"schedule", swap(`"daily"`, `"daily|period"`), "loan.interest", "interest"},
		{"schedule", swap(`"1 month"`, `"1 moon"`), "calendar.period", "every"},
		{"schedule", swap(`"2023-12-12"`, `"2023-12-32"`), "calendar.date", "start"},
		{"schedule", swap(`"instalments":6`, `"instalments":0`), "loan.instalments", "instalments"},
		{"schedule", swap(`"instalments":6`, `"instalments":1e9`), "loan.too_long", "instalments"},
		{"schedule", swap(`"instalments":6`, `"instalments":"six"`), "money.syntax", "instalments"},
		{"schedule", swap(`"instalments":6`, `"instalments":6,"first_due":"2023-12-12"`),
			"loan.first_due", "first_due"},
		{"schedule", swap(`"grace_principal":0`, `"grace_principal":6`), "loan.grace", "grace_principal"},
		{"schedule", swap(`"0.01"`, `"0"`), "loan.multiple", "instalment_multiple"},
		{"schedule", swap(`"0.01"`, `"-0.01"`), "loan.multiple", "instalment_multiple"},
		{"schedule", `{"currency":"EUR"}`, "calc.missing_field", "principal"},
	} {
		code, out, errs := execute(t, c.line+"\n\n"+c.line, "calc", c.command)
		lines := strings.Split(out, "\n")
		if code != exitOK || errs != "" || len(lines) != 3 || lines[0] != lines[1] {
			t.Errorf("%.90s: exit %d, %q, %q", c.line, code, out, errs)
			continue
		}
		var p problem
		if err := json.Unmarshal([]byte(lines[0]), &p); err != nil {
			t.Errorf("%.90s: %s", c.line, lines[0])
		} else if p.Error.Code != c.code || p.Error.Field != c.field || p.Error.Message == "" {
			t.Errorf("%.90s: %s; want %s in %q", c.line, lines[0], c.code, c.field)
		}
	}
}

// TestCalcLongLines: a line of the longest length is read, one byte more is
// refused, and the line after either is answered.
func TestCalcLongLines(t *testing.T) {
	good := `{"flows":[["2021-01-01","-100"],["2022-01-01","110"]]}`
	longest := good + strings.Repeat(" ", maxLine-len(good)-1) + "\n"
	for line, want := range map[string]string{
		longest:                    `{"rate":"0.1"}`,
		" " + longest:              `{"error":{"code":"calc.line_too_long",`,
		longest[:maxLine-1] + "  ": `{"error":{"code":"calc.line_too_long",`, // and no end
	} {
		code, out, _ := execute(t, line, "calc", "xirr")
		if code != exitOK || !strings.HasPrefix(out, want) {
			t.Errorf("%d bytes: exit %d, %s", len(line), code, out)
		}
		code, out, _ = execute(t, strings.TrimSuffix(line, "\n")+"\n"+good, "calc", "xirr")
		if code != exitOK || !strings.HasSuffix(out, "\n"+`{"rate":"0.1"}`+"\n") {
			t.Errorf("after %d bytes: exit %d, %s", len(line), code, out)
		}
	}
}

// broken is a pipe that nobody reads, or that breaks while it is read.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("nobody reads") }
func (broken) Read([]byte) (int, error)  { return 0, errors.New("it broke") }

func TestCalcBrokenPipes(t *testing.T) {
	var out, errs bytes.Buffer
	ctx, args := context.Background(), []string{"calc", "xirr"}
	code := run(ctx, args, streams{strings.NewReader("{}\n"), broken{}, &errs})
	if code != exitFailure || errs.String() != "openlend: nobody reads\n" {
		t.Errorf("exit %d, %q", code, errs.String())
	}
	errs.Reset()
	code = run(ctx, args, streams{broken{}, &out, &errs})
	if code != exitFailure || errs.String() != "openlend: it broke\n" || out.Len() > 0 {
		t.Errorf("exit %d, %q, %q", code, out.String(), errs.String())
	}
}

// TestNumbersWrittenOut: a JSON number with an exponent is the same amount as
// its digits written out.
func TestNumbersWrittenOut(t *testing.T) {
	for number, want := range map[string]string{
		"0": "0", "-0": "-0", "0.0": "0", "0e99": "0", "10": "10", "10.50": "10.5",
		"1e3": "1000", "1.5E+3": "1500", "1.2345e2": "123.45", "-1.5e-3": "-0.0015",
		"123e-2": "1.23", "123e-3": "0.123", "100e-2": "1", "1e60": "1" + strings.Repeat("0", 60),
	} {
		if got, err := writeOut(number); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", number, got, err, want)
		}
	}
}

// FuzzCalc: whatever the line, there is one line of JSON for it.
func FuzzCalc(f *testing.F) {
	f.Add("xirr", `{"flows":[["2021-01-01","-100"],["2022-01-01",1.1e2]]}`)
	f.Add("aprc", `{"flows":[{"years":"0","amount":"-1"},{"on":"2021-01-01","amount":"2"}]}`)
	f.Add("apr", plainAPR)
	f.Add("schedule", goodSchedule)
	f.Fuzz(func(t *testing.T, command, line string) {
		switch command {
		case "schedule", "apr", "aprc", "xirr":
		default:
			t.Skip()
		}
		line = strings.ReplaceAll(line, "\n", " ")
		code, out, errs := execute(t, line, "calc", command)
		if strings.TrimSpace(line) == "" {
			return
		}
		var answer map[string]any
		if err := json.Unmarshal([]byte(out), &answer); err != nil || strings.Count(out, "\n") != 1 {
			t.Fatalf("%q: %q, %v", line, out, err)
		}
		problem, _ := answer["error"].(map[string]any)
		if code != exitOK || errs != "" || problem["code"] == "internal" {
			t.Fatalf("%q: exit %d, %q, %q", line, code, out, errs)
		}
	})
}

// TestCalcTakesAnyDecimal: a decimal means the same as string and as number.
func TestCalcTakesAnyDecimal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		amount := rapid.StringMatching(`[1-9][0-9]{0,9}(\.[0-9]{1,6})?`).Draw(rt, "amount")
		answer := func(text string) string {
			_, out, _ := execute(t, `{"flows":[["2021-01-01",-5],["2022-01-01",`+text+`]]}`, "calc", "xirr")
			return out
		}
		if a, b := answer(amount), answer(`"`+amount+`"`); a != b || !strings.Contains(a, "rate") {
			rt.Fatalf("%s: as number %s, as string %s", amount, a, b)
		}
	})
}

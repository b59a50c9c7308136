package customer

import (
	"slices"
	"strings"

	"openlend/calendar"
)

// regions are the first two digits of GB/T 2260, provinces and what has their
// rank; 83 is on the residence permits of people from Taiwan.
var regions = strings.Fields(`11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46
50 51 52 53 54 61 62 63 64 65 71 81 82 83`)

// wrongChineseID checks a citizen's number by GB 11643-1999: six digits of a
// region, eight of the birth date, three of a sequence, and a check character.
func wrongChineseID(number string, birthOn calendar.Date) (wrong []Reason) {
	const length = 18
	if len(number) != length || strings.Trim(number[:length-1], "0123456789") != "" ||
		chineseCheck(number) != number[length-1] {
		return []Reason{ReasonCheckDigit}
	}
	if !slices.Contains(regions, number[:2]) {
		wrong = append(wrong, ReasonRegion)
	}
	born, err := calendar.ParseDate(number[6:10] + "-" + number[10:12] + "-" + number[12:14])
	if err != nil || born != birthOn {
		wrong = append(wrong, ReasonIDBirthDate)
	}
	return wrong
}

// chineseCheck is ISO 7064 MOD 11-2 over the first 17 digits, X for ten.
func chineseCheck(number string) byte {
	sum := 0
	for _, c := range []byte(number[:17]) {
		sum = (sum + int(c-'0')) * 2 % 11
	}
	return "0123456789X"[(12-sum)%11]
}

// creditCodeSigns are the 31 characters of GB 32100: no I, O, S, V, Z.
const creditCodeSigns = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// properCreditCode checks a company's unified social credit code by
// GB 32100-2015: 17 characters weighted by powers of 3 modulo 31, and a check
// character.
func properCreditCode(code string) bool {
	if len(code) != 18 {
		return false
	}
	sum, weight := 0, 1
	for _, c := range []byte(code[:17]) {
		value := strings.IndexByte(creditCodeSigns, c)
		if value < 0 {
			return false
		}
		sum += value * weight
		weight = weight * 3 % 31
	}
	return code[17] == creditCodeSigns[(31-sum%31)%31]
}

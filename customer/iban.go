package customer

import "strings"

// ibans gives the length of an IBAN in the countries that have it (the IBAN
// registry, ISO 13616).
const ibans = `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22
DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22
IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27
MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24
SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 YE30`

var ibanLength = func() map[string]int {
	lengths := map[string]int{}
	for entry := range strings.FieldsSeq(ibans) {
		lengths[entry[:2]] = int(entry[2]-'0')*10 + int(entry[3]-'0')
	}
	return lengths
}()

// properAccount says whether a number (ASCII capitals and digits) can be one of
// an account in a country: an IBAN where there are such, else 6 to 30 characters
// with at least 5 digits, in China 8 to 32 digits.
func properAccount(country, number string) bool {
	if length, hasIBAN := ibanLength[country]; hasIBAN {
		return len(number) == length && number[:2] == country && ibanMod97(number) == 1
	}
	digits := 0
	for _, c := range []byte(number) {
		if c <= '9' {
			digits++
		}
	}
	if country == "CN" {
		return digits == len(number) && digits >= 8 && digits <= 32
	}
	return len(number) >= 6 && len(number) <= 30 && digits >= 5
}

// ibanMod97 is the remainder by ISO 7064 MOD 97-10 with the first four characters
// moved to the end and A as 10 … Z as 35; it is 1 for a proper IBAN. Two digits
// are asked for where its check digits stand: letters there could make a 1 too.
func ibanMod97(iban string) int {
	if iban[2] > '9' || iban[3] > '9' {
		return 0
	}
	rest := 0
	for _, c := range []byte(iban[4:] + iban[:4]) {
		if c <= '9' {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest
}

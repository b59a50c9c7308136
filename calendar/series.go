package calendar

// Series is a run of regular dates: the origin and every so long after and
// before it. Each date is counted from the origin, so a day lost in February
// comes back in March.
type Series struct {
	Origin     Date
	Every      Period
	EndOfMonth bool // months and years: always the last day of the month
}

// At returns the n-th date of the series; the origin is number 0.
func (s Series) At(n int) Date {
	d := s.Origin.Add(s.Every.Times(n))
	if _, months := s.Every.Months(); months && s.EndOfMonth {
		return d.EndOfMonth()
	}
	return d
}

// index returns the n for which At(n) <= d < At(n+1), in a series of so many
// months.
func (s Series) index(d Date, months int) int {
	y0, m0, _ := s.Origin.Civil()
	y, m, _ := d.Civil()
	n := floorDiv(12*(y-y0)+int(m-m0), months)
	if s.At(n) > d { // its month has come, its day has not
		return n - 1
	}
	return n
}

// ICMA returns the time from one date to another by the ICMA rule 251: a whole
// coupon period counts for its share of the year however long it is, and a part
// of one counts by its days. The coupons must be a number of months or years
// apart; otherwise, and for dates that are not Valid, the result is 0/1.
func ICMA(from, to Date, coupons Series) Fraction {
	if to < from {
		f := ICMA(to, from, coupons)
		return Fraction{-f.Num, f.Den}
	}
	months, ok := coupons.Every.Months()
	if !ok || months <= 0 || !from.Valid() || !to.Valid() || !coupons.Origin.Valid() {
		return Fraction{0, 1}
	}
	first, last := coupons.index(from, months), coupons.index(to, months)
	// In coupons: (last - first) whole ones, plus what of the last is over,
	// less what of the first had gone before.
	over, lastDays := part(coupons, last, to)
	gone, firstDays := part(coupons, first, from)
	num := int64(last-first)*firstDays*lastDays + over*firstDays - gone*lastDays
	return Fraction{num * int64(months), firstDays * lastDays * 12}
}

// part returns how many days of coupon n have gone by d, and how many it has.
func part(coupons Series, n int, d Date) (gone, all int64) {
	start := coupons.At(n)
	return int64(d - start), int64(coupons.At(n+1) - start)
}

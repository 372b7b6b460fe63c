package hub

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/internal/report"
)

// Statuses of a [Decision], as work goes.
var Statuses = []string{"open", "accepted", "in-hand", "done"}

var (
	dateForm    = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$`)
	countryForm = regexp.MustCompile(`^[A-Z]{2}$`)
)

// Check says what of a site's facts cannot be, as [ErrInvalid] with the field.
func (f *SiteFacts) Check() error {
	for name, v := range map[string]string{"purchased": f.Purchased, "installed": f.Installed} {
		if v != "" && !dateForm.MatchString(v) {
			return fmt.Errorf("%w: facts.%s: write YYYY, YYYY-MM or YYYY-MM-DD", ErrInvalid, name)
		}
	}
	for name, v := range map[string]string{"address": f.Address, "owner": f.Owner, "landlord": f.Landlord, "data_controller": f.DataController, "lead": f.Lead} {
		if err := checkWord("facts."+name, v, 300); err != nil {
			return err
		}
	}
	for _, code := range f.Countries {
		if !countryForm.MatchString(code) {
			return fmt.Errorf("%w: facts.countries: %q is not two capital letters (ISO 3166-1 alpha-2)", ErrInvalid, code)
		}
	}
	if len(f.Countries) > 300 || len(f.Companies) > 1000 || len(f.Inside) > 1000 || len(f.Tags) > 100 {
		return fmt.Errorf("%w: facts: a list is too long", ErrInvalid)
	}
	for _, tag := range f.Tags {
		if err := CheckName("a tag of a site", tag); err != nil {
			return err
		}
	}
	known := map[string]bool{}
	for _, k := range regime.EstateKeys() {
		known[k.Key] = k.Type == "yes or no"
	}
	for group, answers := range map[string]map[string]bool{"sensitive": f.Sensitive, "purpose": f.Purpose, "facts": f.Facts} {
		for name := range answers {
			if !known[group+"."+name] {
				return fmt.Errorf("%w: facts.%s: there is no question %q", ErrInvalid, group, name)
			}
		}
	}
	return nil
}

// Check says what of a decision cannot be on a day, as [ErrInvalid] with the
// field. A waiver needs a reason and an end, not before today, at most five years
// ahead.
func (d *Decision) Check(now time.Time) error {
	now = now.UTC()
	w, today := &d.Waiver, now.Format(time.DateOnly)
	switch {
	case !slices.Contains(Statuses, d.Status):
		return fmt.Errorf("%w: status: one of %s", ErrInvalid, strings.Join(Statuses, ", "))
	case d.Due != "" && !isDay(d.Due):
		return fmt.Errorf("%w: due: %s is no day; write it as 2026-12-31", ErrInvalid, quoted(d.Due))
	case d.Due != "" && (d.Due < "2000-01-01" || d.Due > now.AddDate(50, 0, 0).Format(time.DateOnly)):
		return fmt.Errorf("%w: due: %s is not a day on which anything here is due", ErrInvalid, d.Due)
	case w.Until != "" && !isDay(w.Until):
		return fmt.Errorf("%w: waiver.until: %s is no day; write it as 2026-12-31", ErrInvalid, quoted(w.Until))
	case w.Until != "" && w.Until < today:
		return fmt.Errorf("%w: waiver.until: %s is over; write the last day on which it counts, today or later", ErrInvalid, w.Until)
	case w.Until > now.AddDate(5, 0, 0).Format(time.DateOnly):
		return fmt.Errorf("%w: waiver.until: %s is too far off; a waiver ends by itself, after five years at most", ErrInvalid, w.Until)
	case w.Until != "" && strings.TrimSpace(w.Why) == "":
		return fmt.Errorf("%w: waiver.why: say why the finding is accepted", ErrInvalid)
	case w.Until == "" && w.Why != "":
		return fmt.Errorf("%w: waiver.until: say until when; a waiver ends by itself", ErrInvalid)
	case len(w.Why) > 1000:
		return fmt.Errorf("%w: waiver.why: at most 1,000 bytes", ErrInvalid)
	}
	if err := checkWord("owner", d.Owner, mostName); err != nil {
		return err
	}
	return CheckProse("waiver.why", w.Why)
}

// quoted is a text that somebody sent, short enough to be said back.
func quoted(s string) string { return strconv.Quote(report.Visible(report.CutMiddle(s, 30))) }

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

package doctor

import (
	"context"
	"time"
)

// HoursOptions configure the check of the business hours.
type HoursOptions struct {
	// Missing returns the year whose public holidays are needed but unknown; 0: none.
	Missing func(at time.Time) int
	Now     func() time.Time // nil: time.Now
}

// Hours checks that the public holidays of the business hours are up to date. Without a calendar there is nothing to
// check.
func Hours(o HoursOptions) []Check {
	if o.Missing == nil {
		return nil
	}
	now := o.Now
	if now == nil {
		now = time.Now
	}
	return []Check{{SystemSettings, "public holidays", false, func(context.Context) Finding {
		if year := o.Missing(now()); year != 0 {
			return warn(say("The public holidays of %d are not known: on each of them followers will read that somebody is "+
				"there.", year), say("Take a release that has the holidays of %d, or name them yourself in "+
				"WECHAT_C4C_HOURS_HOLIDAYS and WECHAT_C4C_HOURS_WORKDAYS.", year))
		}
		return ok("known for as long as they are announced")
	}}}
}

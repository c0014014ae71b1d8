package catalogue

// Automatic texts about tickets.
const (
	StatusAccepted   Key = "status_accepted.v1"   // Ticket: somebody works on it
	StatusTechnician Key = "status_technician.v1" // Ticket: the technician is on the way
	StatusWaiting    Key = "status_waiting.v1"    // Ticket: it waits for the follower
	StatusResolved   Key = "status_resolved.v1"   // Ticket: it is completed

	SurveyQuestion     Key = "survey_question.v1" // Ticket: asks after its completion
	SurveySatisfied    Key = "survey_satisfied.v1"
	SurveyNeutral      Key = "survey_neutral.v1"
	SurveyDissatisfied Key = "survey_dissatisfied.v1"
	SurveyThanks       Key = "survey_thanks.v1" // answers the follower's first answer
)

// Notes in C4C about what followers did.
const (
	NoteSurvey        Key = "note_survey.v1"         // Ticket, Words: the answer to the question
	NoteSurveyChanged Key = "note_survey_changed.v1" // Ticket, Words: another answer to the same question
	NoteOrigin        Key = "note_origin.v1"         // Words: the scene of the QR code that the follower scanned
)

// Status finds the text of a status by the name that settings give it: accepted, technician, waiting or resolved.
func Status(name string) (Key, bool) {
	key, ok := map[string]Key{
		"accepted": StatusAccepted, "technician": StatusTechnician, "waiting": StatusWaiting, "resolved": StatusResolved,
	}[name]
	return key, ok
}

package conversation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// surveyMark begins the id of a survey item: survey:<ticket>:<score>.
const surveyMark = "survey"

// maxSurveyAnswers is how often a follower may change the answer. Further changes are dropped.
const maxSurveyAnswers = 5

// Survey is what is known of the survey question about one ticket.
type Survey struct {
	Asked   bool `json:"asked,omitempty"`
	Score   int  `json:"score,omitempty"`   // 3 satisfied, 2 neutral, 1 dissatisfied; 0: no answer yet
	Answers int  `json:"answers,omitempty"` // different answers in a row
}

// SurveyItem is the id of an answer to the question about a ticket.
func SurveyItem(ticketID string, score int) string {
	return surveyMark + ":" + ticketID + ":" + strconv.Itoa(score)
}

// parseSurveyItem splits the id of an item.
func parseSurveyItem(id string) (ticketID string, score int, ok bool) {
	part := strings.Split(id, ":")
	if len(part) != 3 || part[0] != surveyMark || part[1] == "" {
		return "", 0, false
	}
	score, err := strconv.Atoi(part[2])
	return part[1], score, err == nil && score >= 1 && score <= 3
}

// surveyDue reports whether the ticket has just been completed and its follower has not been asked yet. A ticket's
// follower is asked once.
func (p TicketPolicy) surveyDue(t *TicketView) bool {
	return p.Survey && t.Status == activities.TicketCompleted && !t.Survey.Asked
}

// handleSurveyAnswer handles a tapped survey answer and reports whether the message was one. The answer becomes a note
// in its ticket; it neither reopens the ticket nor moves the chat to it. The last answer counts; repeating it changes
// nothing.
func (s *step) handleSurveyAnswer(in Inbound) bool {
	ticketID, score, ok := parseSurveyItem(in.EventKey)
	at := slices.IndexFunc(s.Tickets.Views, func(v TicketView) bool {
		return sameTicket(v.ID, ticketID) && v.Survey.Asked
	})
	if !ok || at < 0 {
		return false
	}
	view := &s.Tickets.Views[at]
	if view.Survey.Score == score || view.Survey.Answers >= maxSurveyAnswers {
		return true
	}
	kind := NoteSurvey
	if view.Survey.Answers > 0 {
		kind = NoteSurveyChanged
	}
	view.Survey.Score = score
	view.Survey.Answers++
	s.note(StartNote{
		Kind: kind, Key: "survey/" + ticketID + "/" + strconv.Itoa(view.Survey.Answers), TicketID: ticketID,
		ObjectID: view.ObjectID,
		Score:    score,
	})
	if view.Survey.Answers == 1 { // costs nothing: the answer has opened the window anew
		s.queueAutomatic("survey-thanks/"+ticketID, Automatic{Reply: Reply{TicketID: ticketID}, Thanks: true})
	}
	return true
}

package workflows

import (
	"slices"
	"strconv"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// SurveyTexts are the words of the question after a ticket's completion. {ticket} stands for the ticket's number, {words} for
// the answer.
type SurveyTexts struct {
	Question                         string
	Satisfied, Neutral, Dissatisfied string
	Thanks                           string
	Note, NoteChanged                string // for the agent
}

// surveyMark begins the id of an item of the question: survey:<ticket>:<score>.
const surveyMark = "survey"

// maxSurveyAnswers is how often a follower may change the answer; what comes after is dropped.
const maxSurveyAnswers = 5

// Survey is what is known of the question about one ticket.
type Survey struct {
	Asked   bool `json:"asked,omitempty"`
	Score   int  `json:"score,omitempty"`   // 3 satisfied, 2 neutral, 1 dissatisfied; 0: no answer yet
	Answers int  `json:"answers,omitempty"` // different answers one after the other
}

// answer is the text of a score.
func (t SurveyTexts) answer(score int) string {
	return map[int]string{3: t.Satisfied, 2: t.Neutral, 1: t.Dissatisfied}[score]
}

// menu is the question about a ticket. A head that is not empty stands before it.
func (t SurveyTexts) menu(ticketID, head string) *ReplyMenu {
	question := withTicket(t.Question, ticketID)
	if head != "" {
		question = head + "\n" + question
	}
	menu := &ReplyMenu{Head: question}
	for _, score := range []int{3, 2, 1} {
		menu.Items = append(menu.Items, ReplyMenuItem{ID: surveyItem(ticketID, score), Text: t.answer(score)})
	}
	return menu
}

func surveyItem(ticketID string, score int) string {
	return surveyMark + ":" + ticketID + ":" + strconv.Itoa(score)
}

// parseSurveyItem takes the id of an item apart.
func parseSurveyItem(id string) (ticketID string, score int, ok bool) {
	part := strings.Split(id, ":")
	if len(part) != 3 || part[0] != surveyMark || part[1] == "" {
		return "", 0, false
	}
	score, err := strconv.Atoi(part[2])
	return part[1], score, err == nil && score >= 1 && score <= 3
}

// asks says that the ticket has just been completed and its follower has not been asked yet: once in a ticket's life.
func (p TicketPolicy) asks(t *TicketView) bool {
	return p.Survey && t.Status == activities.TicketCompleted && !t.Survey.Asked
}

// answersSurvey takes a tapped answer for what it is: a note in its ticket, which it neither opens again nor takes the chat to.
// The last answer counts; the same once more changes nothing. It is false for anything else the follower wrote.
func (wf *conversation) answersSurvey(ctx workflow.Context, in Inbound) bool {
	ticketID, score, ok := parseSurveyItem(in.EventKey)
	at := slices.IndexFunc(wf.state.Tickets.Views, func(v TicketView) bool { return v.ID == ticketID && v.Survey.Asked })
	if !ok || in.Kind != KindMessage || at < 0 {
		return false
	}
	view := &wf.state.Tickets.Views[at]
	if view.Survey.Score == score || view.Survey.Answers >= maxSurveyAnswers {
		return true
	}
	texts := wf.texts()
	text := texts.Survey.Note
	if view.Survey.Answers > 0 {
		text = texts.Survey.NoteChanged
	}
	view.Survey.Score = score
	view.Survey.Answers++
	first, answers, objectID := view.Survey.Answers == 1, view.Survey.Answers, view.ObjectID
	note := NoteTicketInput{
		SyncInput: wf.sync(), TicketID: ticketID, ObjectID: objectID, Customer: wf.state.Facts.noteCustomer(), Language: texts.Language,
		Text: strings.ReplaceAll(withTicket(text, ticketID), "{words}", texts.Survey.answer(score)),
	}
	if err := startNote(ctx, note, "survey/"+ticketID+"/"+strconv.Itoa(answers)); err != nil {
		workflow.GetLogger(ctx).Warn("the answer to the question was not noted", "error", err)
	}
	if first && wf.policy(ctx).Tickets.SurveyThanks {
		wf.tellFollower("survey-thanks/"+ticketID, Reply{TicketID: ticketID, Text: texts.Survey.Thanks})
	}
	return true
}

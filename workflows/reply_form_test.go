package workflows

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

const (
	aLink   = `<a href="https://x.example/manual">The manual</a>`
	aChoice = "Is it still there?\n[1] Yes\n[2] No"
)

func menuOf(head string) *conversation.ReplyMenu {
	return &conversation.ReplyMenu{Head: head, Items: []conversation.ReplyMenuItem{
		{ID: "answer:7:1", Text: "Yes"}, {ID: "answer:7:2", Text: "No"},
	}}
}

func TestFormOfAReply(t *testing.T) {
	t.Parallel()
	named := spoken()
	plain := named
	plain.Voice.Name = false
	long := strings.Repeat("It squeals. ", 165) // 1,980 bytes
	card := replyCard{Title: "The manual", Description: "x.example", URL: "https://x.example/manual"}
	ofChen := card
	ofChen.Description = "Chen Li"
	for _, tt := range []struct {
		name   string
		text   string
		policy Policy
		room   room
		want   []replyPart
	}{
		{"a link alone", aLink, plain, roomAsWords, []replyPart{{Text: aLink, Card: &card}}},
		{"a link alone, with a name", aLink, named, roomAsWords, []replyPart{{Text: "Chen Li: " + aLink, Card: &ofChen}}},
		{"a link alone that others join", aLink, plain, roomForWords, []replyPart{{Text: aLink}}},
		{"a link below words", "Look:\n" + aLink, named, roomToSpare,
			[]replyPart{{Text: "Chen Li: Look:"}, {Text: aLink, Card: &card}}},
		{"a link below words, no message to spare", "Look:\n" + aLink, named, roomAsWords,
			[]replyPart{{Text: "Chen Li: Look:\n" + aLink}}},
		{"a link below many words", long + "\n" + aLink, plain, roomAsWords,
			[]replyPart{{Text: strings.TrimSpace(long)}, {Text: aLink, Card: &card}}},
		{"more messages than the account allows", long + long + "\n" + aLink, plain, roomToSpare, nil},
		{"as people write it", "[The manual](https://x.example/manual)", plain, roomForWords, []replyPart{{Text: aLink}}},
		{"answers", aChoice, named, roomAsWords,
			[]replyPart{{Text: "Chen Li: " + aChoice, Menu: menuOf("Chen Li: Is it still there?")}}},
		{"answers that others join", aChoice, plain, roomForWords, []replyPart{{Text: aChoice}}},
		{"a link above answers", aLink + " Does it help?\n[1] Yes\n[2] No", plain, roomAsWords, []replyPart{{
			Text: aLink + " Does it help?\n[1] Yes\n[2] No", Menu: menuOf("The manual https://x.example/manual Does it help?"),
		}}},
		{"answers below many words", long + aChoice, plain, roomAsWords, []replyPart{
			{Text: strings.TrimSpace(long)}, {Text: aChoice, Menu: menuOf("Is it still there?")},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			plan := planReply(conversation.Reply{TicketID: "7", Author: "Chen Li", Text: tt.text}, tt.policy, tt.room)
			for _, part := range plan.Parts {
				require.LessOrEqual(t, len(part.Text), text.MaxBytes)
				require.NotEmpty(t, part.Text, "there are words for what WeChat refuses")
			}
			if tt.want == nil {
				require.True(t, plan.Cut)
				for _, part := range plan.Parts {
					require.True(t, part.plain())
				}
				return
			}
			require.Equal(t, tt.want, plan.Parts)
		})
	}
}

// A card and a menu each count as a message, and continue where they were after a refusal.
func TestCardAndMenuAreSent(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.say("hello")
	s.will("SendCard", parking(activities.ErrorWeChatWindowClosed))
	card := s.reply("Look:\n" + aLink)
	s.requireState(card, StateHeld, activities.ErrorWeChatWindowClosed)
	s.click()
	s.requireState(card, StateSynced, "")
	s.requireLeft(2)
	menu := s.reply(aChoice)
	s.requireState(menu, StateSynced, "")
	s.requireLeft(1)
	words := s.reply("Look again:\n" + aLink)
	s.run()
	require.Equal(t, []string{
		"Look:", "card The manual | x.example | https://x.example/manual",
		"Is it still there? [answer:1:1 Yes] [answer:1:2 No] ", "Look again:\n" + aLink,
	}, s.tenant.received(), "the last message of the window holds it all")
	s.requireSynced(card, menu, words)
}

// A form that replyPart holds is sent as itself, and has the time to be sent in words if WeChat refuses it.
func TestEveryFormIsSentAsItself(t *testing.T) {
	t.Parallel()
	parts, wechat := reflect.TypeFor[replyPart](), reflect.TypeFor[*activities.WeChat]()
	for i := range parts.NumField() {
		field := parts.Field(i)
		if field.Name == "Text" {
			continue
		}
		part := replyPart{Text: "in words"}
		require.Equal(t, reflect.Pointer, field.Type.Kind(), "%s: a form is a struct", field.Name)
		reflect.ValueOf(&part).Elem().Field(i).Set(reflect.New(field.Type.Elem()))
		require.False(t, part.plain(), "%s: no other text joins it", field.Name)
		_, input := part.message(activities.Follower{})
		require.NotEqual(t, reflect.TypeFor[activities.SendTextInput](), reflect.TypeOf(input), field.Name)
		sent := ""
		for j := range wechat.NumMethod() {
			if m := wechat.Method(j); m.Type.NumIn() > 2 && m.Type.In(2) == reflect.TypeOf(input) {
				sent = m.Name
			}
		}
		require.True(t, formed[sent], "%s: formed lacks %q", field.Name, sent)
	}
}

// It is unknown whether a card arrived: neither the card nor its words are sent again automatically.
func TestUnknownCardIsNotRepeated(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	s.will("SendCard", parking(activities.ErrorWeChatOutcomeUnknown))
	reply := s.reply("Look:\n" + aLink)
	s.advance(time.Hour)
	s.requireState(reply, StateNeedsAttention, activities.ErrorWeChatOutcomeUnknown)
	s.check(func() { require.Equal(t, []string{"Look:"}, s.tenant.received()) })
	s.command(reply, CommandSkip, "ada")
	s.run()
	require.Equal(t, []string{"Look:"}, s.tenant.received())
}

// The follower's tap reaches the ticket in which the agent asked, as the words of the answer.
func TestTappedAnswerReachesItsTicket(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	reply := s.reply(aChoice)
	tap := s.event(conversation.KindMessage)
	tap.MsgID, tap.MsgType, tap.Text, tap.EventKey = "tap", "text", "Yes", conversation.AnswerItem("1", 1)
	s.inbound(tap)
	s.run()
	s.requireSynced(reply)
	require.Equal(t, [][]string{{"hello", "Yes"}}, s.tenant.texts())
}

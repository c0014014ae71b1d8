package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// sending is a policy that sends what agents attach.
func sending() Policy {
	policy := spoken()
	policy.Voice = Voice{Files: true}
	return policy
}

// attach sets the attachments of the next reply: files by key, and the result of each.
func (s *stage) attach(smaID string, files map[string]activities.UploadedFile, order ...string) {
	s.step(func() {
		if s.tenant.sentAlong == nil {
			s.tenant.sentAlong, s.tenant.kinds = map[string][]activities.ReplyFile{}, map[string]activities.UploadedFile{}
		}
		s.tenant.now = s.env.Now
		for _, key := range order {
			s.tenant.sentAlong[smaID] = append(s.tenant.sentAlong[smaID],
				activities.ReplyFile{ObjectID: key, Name: key + ".dat"})
			s.tenant.kinds[key] = files[key]
		}
	})
}

var (
	picture  = activities.UploadedFile{Kind: "image"}
	document = activities.UploadedFile{Refused: activities.RefusedType}
	deleted  = activities.UploadedFile{Refused: activities.RefusedGone}
)

func TestReplyWithFiles(t *testing.T) {
	t.Parallel()
	noPage := sending()
	noPage.TicketLink = ""
	const link = "https://x.example/web/tickets/1"
	for _, test := range []struct {
		name, text string
		policy     Policy
		files      map[string]activities.UploadedFile
		order      []string
		want       []string
		notes      []string
	}{
		{name: "none", text: "hello", policy: sending(), want: []string{"hello"}},
		{name: "text first", text: "hello", policy: sending(), files: map[string]activities.UploadedFile{"a": picture,
			"b": {Kind: "video"}},
			order: []string{"a", "b"}, want: []string{"hello", "image a-1 a.dat", "video b-2 b.dat"}},
		{name: "no text", policy: sending(), files: map[string]activities.UploadedFile{"a": picture}, order: []string{"a"},
			want: []string{"image a-1 a.dat"}},
		{name: "documents in one message", text: "hello", policy: sending(),
			files: map[string]activities.UploadedFile{"a": document, "b": picture, "c": document},
			order: []string{"a", "b", "c"},
			want: []string{"hello", "image b-2 b.dat",
				said(catalogue.ReplyFiles, catalogue.Files("a.dat, c.dat"), catalogue.Address(link))}},
		{name: "no page", text: "hello", policy: noPage, files: map[string]activities.UploadedFile{"a": document},
			order: []string{"a"},
			want:  []string{"hello", said(catalogue.ReplyFilesUnsent, catalogue.Files("a.dat"))},
			notes: []string{agentReads(catalogue.NoteReplyFiles, catalogue.Files("a.dat: "+said(catalogue.WhyFileType)))}},
		{name: "gone", text: "hello", policy: sending(), files: map[string]activities.UploadedFile{"a": deleted},
			order: []string{"a"},
			want:  []string{"hello"},
			notes: []string{agentReads(catalogue.NoteReplyFiles, catalogue.Files("a.dat: "+said(catalogue.WhyFileGone)))}},
		{name: "neither text nor files", text: " ", policy: sending(), notes: []string{agentReads(catalogue.NoteReplyEmpty)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, test.policy)
			s.attach("1", test.files, test.order...)
			reply := s.reply(test.text)
			s.advance(time.Minute)
			s.run()
			require.Equal(t, test.want, s.tenant.received())
			require.Equal(t, test.notes, s.tenant.notes)
			require.Equal(t, 1, s.tenant.count("ReplyFiles"), "one look for each reply")
			require.LessOrEqual(t, s.tenant.count("ShowTyping"), 1)
			require.Equal(t, len(test.order) > 0, s.tenant.count("ShowTyping") == 1, "only where there is something to prepare")
			s.requireSynced(reply)
		})
	}
}

func TestLinksOfAgents(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, sending())
	s.step(func() {
		s.tenant.sentAlong = map[string][]activities.ReplyFile{"1": {
			{ObjectID: "a", Name: "our manual", Link: "https://x.example/m"}, {ObjectID: "b", Name: "no", Link: "javascript:x"},
		}}
	})
	reply := s.reply("hello")
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"hello", `<a href="https://x.example/m">our manual</a>`}, s.tenant.received())
	require.Zero(t, s.tenant.count("ShowTyping")+s.tenant.count("UploadReplyFile"))
	s.requireSynced(reply)
}

func TestFilesAreNotLookedFor(t *testing.T) {
	t.Parallel()
	policy := sending()
	policy.Voice.Files = false
	s := newStageWith(t, policy)
	s.reply("hello")
	s.click()
	s.step(func() {
		s.signal(testConversation, SignalReply, conversation.Reply{SmaID: "7", TicketID: "1", Text: "auto", Automatic: true})
	})
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"hello", "auto"}, s.tenant.received())
	require.Zero(t, s.tenant.count("ReplyFiles"))
}

func TestExpiredUploadIsMadeAgain(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, sending())
	s.attach("1", map[string]activities.UploadedFile{"a": picture}, "a")
	s.will("SendMedia", parking(activities.ErrorWeChatMediaExpired))
	reply := s.reply("hello")
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"hello", "image a-2 a.dat"}, s.tenant.received())
	require.Equal(t, []bool{false, true}, []bool{s.tenant.uploads[0].Fresh, s.tenant.uploads[1].Fresh})
	s.requireSynced(reply)
}

func TestRefusedFileBecomesALink(t *testing.T) {
	t.Parallel()
	for _, refusals := range [][]error{
		{parking(activities.ErrorWeChatRejected)},
		{parking(activities.ErrorWeChatMediaExpired), parking(activities.ErrorWeChatMediaExpired)},
	} {
		s := newStageWith(t, sending())
		s.attach("1", map[string]activities.UploadedFile{"a": picture}, "a")
		s.will("SendMedia", refusals...)
		reply := s.reply("hello")
		s.advance(time.Minute)
		s.run()
		require.Equal(t, []string{"hello", said(catalogue.ReplyFiles, catalogue.Files("a.dat"),
			catalogue.Address("https://x.example/web/tickets/1"))}, s.tenant.received())
		s.requireSynced(reply)
	}
}

// A file waits for the follower like a text, and is uploaded again if WeChat has deleted it in the meantime.
func TestHeldFile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		waits   time.Duration
		uploads int
	}{{"for a day", 24 * time.Hour, 1}, {"longer than WeChat keeps it", 80 * time.Hour, 2}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, sending())
			s.attach("1", map[string]activities.UploadedFile{"a": picture}, "a")
			s.will("SendMedia", parking(activities.ErrorWeChatWindowClosed))
			reply := s.reply("hello")
			s.requireState(reply, StateHeld, activities.ErrorWeChatWindowClosed)
			s.advance(test.waits)
			s.click()
			s.advance(time.Minute)
			s.run()
			require.Len(t, s.tenant.received(), 2, "the text is not sent again")
			require.Len(t, s.tenant.uploads, test.uploads)
			require.Equal(t, 1, s.tenant.count("ReplyFiles"))
			s.requireSynced(reply)
		})
	}
}

func TestFileThatCannotBeFetched(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		act  func(*stage, string)
		want []string
		note []string
	}{
		{"retried", func(s *stage, reply string) { s.command(reply, CommandRetry, "ada") },
			[]string{"hello", "image a-1 a.dat"}, nil},
		{"skipped", func(s *stage, reply string) { s.command(reply, CommandSkip, "ada") }, []string{"hello"},
			[]string{agentReads(catalogue.NoteReplyFilesSkipped)}},
		{"amended", func(s *stage, reply string) { s.amend(reply, Amendment{Actor: "ada", Text: "see our page"}) },
			[]string{"hello", "see our page"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, sending())
			s.attach("1", map[string]activities.UploadedFile{"a": picture}, "a")
			s.will("UploadReplyFile", transient(activities.ErrorC4CUnavailable), parking(activities.ErrorC4CRejected))
			reply := s.reply("hello")
			s.advance(time.Minute)
			s.requireState(reply, StateNeedsAttention, activities.ErrorC4CRejected)
			s.check(func() { require.Equal(t, []string{"hello"}, s.tenant.received()) })
			test.act(s, reply)
			s.advance(time.Minute)
			s.run()
			require.Equal(t, test.want, s.tenant.received())
			require.Equal(t, test.note, s.tenant.notes)
		})
	}
}

// The text of a reply never waits for C4C's answer about the previous one.
func TestSearchForFilesHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		files []string
		error string
		want  []string
	}{
		{"C4C is down", []string{"a"}, activities.ErrorC4CUnavailable, []string{"one", "two", "image a-1 a.dat"}},
		{"no activity is shown", nil, activities.ErrorC4CReplyPending, []string{"one", "two"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, sending())
			s.attach("1", map[string]activities.UploadedFile{"a": picture}, test.files...)
			s.will("ReplyFiles", times(2, later(test.error, 10*time.Minute))...)
			first := s.reply("one")
			s.requireState(first, StateSyncing, "")
			second := s.reply("two")
			s.check(func() { require.Equal(t, []string{"one", "two"}, s.tenant.received()) })
			s.requireState(first, StateSyncing, "")
			s.advance(time.Hour)
			s.run()
			require.Equal(t, test.want, s.tenant.received())
			s.requireSynced(first, second)
			require.Contains(t, s.closed, first)
		})
	}
}

// A reply that carried the text of another has sent both when it looks for files.
func TestSearchForFilesOfAMergedReply(t *testing.T) {
	t.Parallel()
	policy := policyForDelays()
	policy.Voice.Files = true
	s := newStageWith(t, policy)
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	replies := []string{s.reply("one"), s.reply("two"), s.reply("three"), s.reply("four")}
	s.will("ReplyFiles", times(3, transient(activities.ErrorC4CUnavailable))...)
	s.click()
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"one\n\ntwo\n\nthree\n\nfour"}, s.tenant.received())
	s.requireSynced(replies...)
}

// The policy of a running worker does not change: the test represents one that was restarted with the search off.
func TestSearchThatIsSwitchedOff(t *testing.T) {
	t.Parallel()
	for _, off := range []bool{false, true} {
		ask := conversation.ReplyAsk{Reply: conversation.Reply{SmaID: "1"}}
		wf := &deliverReply{sync: &engine{}, in: DeliverReplyInput{SyncInput: testSync, ReplyAsk: ask}, filesWanted: true,
			searchFailed: true}
		wf.policy.Voice.Files = !off
		s := newStageWith(t, sending())
		s.env.RegisterWorkflowWithOptions(func(ctx workflow.Context) error { return wf.findFiles(ctx) },
			workflow.RegisterOptions{Name: "search"})
		s.env.ExecuteWorkflow("search")
		require.NoError(t, s.env.GetWorkflowError())
		require.True(t, wf.searched)
		require.Equal(t, off, s.tenant.count("ReplyFiles") == 0)
	}
}

func TestUnknownOutcomeOfAFile(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, sending())
	s.attach("1", map[string]activities.UploadedFile{"a": picture}, "a")
	s.will("SendMedia", parking(activities.ErrorWeChatOutcomeUnknown))
	reply := s.reply("hello")
	s.advance(time.Minute)
	s.requireState(reply, StateNeedsAttention, activities.ErrorWeChatOutcomeUnknown)
	s.run()
	require.Equal(t, []string{"hello"}, s.tenant.received(), "it is not repeated blindly")
}

func TestFilesTextStaysWithinAMessage(t *testing.T) {
	t.Parallel()
	var files []*replyFile
	for range 40 {
		files = append(files, &replyFile{ReplyFile: activities.ReplyFile{Name: strings.Repeat("文", 100) + "\n<a href=x>.pdf"},
			refused: activities.RefusedType})
	}
	parts := partsOf(text.SplitLinked(filesText(files, "1", sending()), text.MaxBytes))
	require.Len(t, parts, 1)
	require.Equal(t, text.Tame(parts[0].Text), parts[0].Text)
	require.Contains(t, parts[0].Text, ", …\n")
}

// Notes refer to a reply by its part that has not arrived, in the agent's words.
func TestNotesNameWhatHasNotArrived(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text, activity string
		want                 []string
	}{
		{"text", "<p>come <b>by</b></p>", "SendText", []string{noteHeld("come by", reasonClosed, nextUntold),
			noteArrived("come by")}},
		{"file", "<p>come by</p>", "SendMedia", []string{noteHeld("a.dat", reasonClosed, nextUntold), noteArrived("a.dat")}},
		{"file alone", "", "SendMedia", []string{noteHeld("a.dat", reasonClosed, nextUntold), noteArrived("a.dat")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			policy := policyForDelays()
			policy.Voice.Files = true
			s := newStageWith(t, policy)
			s.attach("1", map[string]activities.UploadedFile{"a": picture}, "a")
			s.will(test.activity, parking(activities.ErrorWeChatWindowClosed))
			reply := s.reply(test.text)
			s.click()
			s.advance(time.Minute)
			s.run()
			require.Equal(t, test.want, s.noted())
			s.requireSynced(reply)
		})
	}
}

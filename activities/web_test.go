package activities

import (
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

const (
	messagesOf   = "GET SocialMediaActivityCollection"
	filesOf      = "GET ServiceRequestAttachmentFolder"
	addFile      = "POST ServiceRequestAttachmentFolderCollection"
	patchObject  = "PATCH IndividualCustomerCollection('00163E0A00011EE98000000000000004')"
	changeTicket = "read ticket" // every request to one ticket, including changes
)

var (
	rootReference = entities(map[string]any{
		"ObjectID": "R1", "ParentObjectID": ticketKey, "TypeCode": "1607", "ID": "81", "UUID": profileUUID})
	theMessages = entities(
		map[string]any{"ObjectID": "A1", "ID": "81", "RootSocialMediaActivityUUID": profileUUID,
			"SocialMediaMessageID": testMessageID, "InitiatorCode": "2", "Text": "mine",
			"PrivateSocialMediaMessageIndicator": true, "SocialMediaMessageCreationDateTime": "/Date(1490902810000)/"},
		map[string]any{"ObjectID": "A2", "ID": "82", "RootSocialMediaActivityUUID": profileUUID, "InitiatorCode": "1",
			"Text": "for agents", "PrivateSocialMediaMessageIndicator": true},
		map[string]any{"ObjectID": "A3", "ID": "83", "RootSocialMediaActivityUUID": profileUUID, "InitiatorCode": "1",
			"Text": "answer", "SocialMediaMessageAuthor": "Chen Li",
			"SocialMediaActivityAttachmentFolder": map[string]any{"results": []any{
				map[string]any{"ObjectID": "F9", "Name": "sketch.png", "MimeType": "image/png", "SizeInkB": "2.000"},
				map[string]any{"ObjectID": "F10", "Name": "parts", "CategoryCode": "3",
					"LinkWebURI": "https://www.example.com/parts"}}}})
	noContent = status(http.StatusNoContent, "")
)

func TestSaveCustomer(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.will(findCustomer, entities(customerOne))
	s.will(patchObject, noContent)
	in := SaveCustomerInput{Follower: testFollower, CustomerID: "91",
		Data: CustomerData{FirstName: "Ann", LastName: "Smith", Mobile: "+491"}}
	require.NoError(t, s.once("SaveCustomer", in, nil))
	require.Contains(t, s.body(patchObject), `"LastName":"Smith"`)
	require.Contains(t, s.body(patchObject), `"Email":""`)
	require.Equal(t, []string{findCustomer, patchObject}, s.operations(), "no customer is created")

	s = newServers(t)
	s.will(findCustomer, entities(customerOne))
	s.will(patchObject, noContent)
	sparing := in
	sparing.Keep = []string{"email", "street", "city", "postal_code"}
	require.NoError(t, s.once("SaveCustomer", sparing, nil))
	require.Contains(t, s.body(patchObject), `"LastName":"Smith"`)
	for _, kept := range []string{"Email", "Street", "City", "PostalCode"} {
		require.NotContains(t, s.body(patchObject), kept, "what nobody spoke of is not erased")
	}

	s = newServers(t)
	requireRefused(t, s.once("SaveCustomer", in, nil), ErrorC4CNotFound, false, Failure{})
	s = newServers(t)
	s.will(findCustomer, entities(customerOne), entities(customerOne))
	s.will(patchObject, odataError(http.StatusPreconditionFailed, "", "changed"), noContent)
	require.NoError(t, s.run("SaveCustomer", in, nil, 2), "somebody else was quicker: read again")
}

func TestReadCustomer(t *testing.T) {
	t.Parallel()
	full := map[string]any{"ObjectID": "00163E0A00011EE98000000000000004", "CustomerID": "91", "NickName": testOpenID,
		"LastName": "Smith", "Phone": "030"}
	for _, tt := range []struct {
		name, known string
		answers     map[string][]answer
		want        string
	}{
		{"known", "91", map[string][]answer{findCustomer: {entities(full)}}, "91"},
		{"by the profile", "", map[string][]answer{"find profile": {foundProfile}, findCustomer: {entities(full)}}, "91"},
		{"by the openid", "", map[string][]answer{findCustomer: {entities(full), entities(full)}}, "91"},
		{"nobody", "", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			for operation, answers := range tt.answers {
				s.will(operation, answers...)
			}
			var got CustomerView
			require.NoError(t, s.once("ReadCustomer", CustomerQuery{Follower: testFollower, CustomerID: tt.known}, &got))
			require.Equal(t, tt.want, got.ID)
			if tt.want != "" {
				require.Equal(t, CustomerData{LastName: "Smith", Mobile: "030"}, got.Data)
			}
		})
	}
}

func TestReadTickets(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	var got TicketList
	in := TicketsQuery{CustomerQuery: CustomerQuery{Follower: testFollower, CustomerID: "91"}, Top: 10}
	require.NoError(t, s.once("ReadTickets", in, &got))
	require.Len(t, got.Tickets, 1)
	require.Equal(t, "1001", got.Tickets[0].ID)
	s = newServers(t)
	in.CustomerID = ""
	got = TicketList{}
	require.NoError(t, s.once("ReadTickets", in, &got))
	require.Equal(t, []TicketLine{}, got.Tickets, "no customer, an empty list")
	require.NotContains(t, s.operations(), findTicket)
}

func TestReadTicketThread(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.will(ticketOfActivity, rootReference)
	s.will(messagesOf, theMessages)
	s.will(filesOf, entities(
		map[string]any{"ObjectID": "F2", "Name": "image-7-2-0123456789abcdef.jpg", "MimeType": "image/jpeg"},
		map[string]any{"ObjectID": "F1", "Name": "image-7-1-fedcba9876543210.jpg"}))
	var got TicketThread
	query := TicketQuery{Follower: testFollower, CustomerID: "91", TicketID: "1001"}
	require.NoError(t, s.once("ReadTicketThread", query, &got))
	require.Equal(t, []ThreadItem{
		{MessageID: testMessageID, Text: "mine", At: time.Unix(1490902810, 0).UTC(), Files: []ThreadFile{
			{Of: "ticket", ObjectID: "F1", Name: "image-7-1.jpg", Mark: "fedcba9876543210"},
			{Of: "ticket", ObjectID: "F2", Name: "image-7-2.jpg", Mark: "0123456789abcdef", MimeType: "image/jpeg"},
		}},
		{FromAgent: true, Author: "Chen Li", Text: "answer", Files: []ThreadFile{
			{Of: "message", ObjectID: "F9", Name: "sketch.png", MimeType: "image/png", Size: 2048},
			{Of: "message", ObjectID: "F10", Name: "parts", Link: "https://www.example.com/parts"},
		}},
	}, got.Items, "no private note, and nothing that agents attached for themselves")
	require.True(t, got.Answerable)

	s = newServers(t)
	s.will(ticketOfActivity, entities())
	s.will(filesOf, entities())
	s.will(ticketTexts, entities(
		map[string]any{"ObjectID": "T1", "TypeCode": "10004", "Text": "by phone"},
		map[string]any{"ObjectID": "T2", "TypeCode": "10011", "Text": "internal"},
		map[string]any{"ObjectID": "T3", "TypeCode": "10007", "Text": "done", "AuthorName": "Li"}))
	got = TicketThread{}
	require.NoError(t, s.once("ReadTicketThread", query, &got))
	require.False(t, got.Answerable)
	require.Equal(t, []ThreadItem{{Text: "by phone"}, {FromAgent: true, Author: "Li", Text: "done"}}, got.Items)
}

func TestTicketsOfOthersAreNotFound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		customer string
		answer   answer
		found    bool
	}{
		{"buyer", "91", entities(ticketOne("1")), true},
		{"contact", "92", entities(ticketOne("1")), true},
		{"somebody else's", "93", entities(ticketOne("1")), false},
		{"nobody", "", entities(ticketOne("1")), false},
		{"not there", "91", entities(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, activity := range []string{"FindThread", "ReadTicketThread"} {
				s := newServers(t)
				s.will(findTicket, tt.answer, tt.answer) // it also looks for a padded number
				s.will(ticketOfActivity, rootReference)
				s.will(messagesOf, theMessages)
				s.will(filesOf, entities())
				err := s.once(activity, TicketQuery{Follower: testFollower, CustomerID: tt.customer, TicketID: "1001"}, nil)
				if tt.found {
					require.NoError(t, err)
					continue
				}
				requireRefused(t, err, ErrorC4CNotFound, false, Failure{})
				require.NotContains(t, s.operations(), messagesOf)
			}
		})
	}
	s := newServers(t)
	s.will(ticketOfActivity, rootReference)
	s.will(messagesOf, theMessages)
	var got FoundThread
	require.NoError(t, s.once("FindThread", TicketQuery{Follower: testFollower, CustomerID: "91", TicketID: "1001"}, &got))
	require.Equal(t, FoundThread{Ticket: Ticket{ID: "1001", ObjectID: ticketKey, Open: true, Status: "1"},
		RootMessageID: testMessageID, RootUUID: "A1"}, got)
}

func TestChangesOfATicket(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.will(changeTicket, noContent, noContent)
	require.NoError(t,
		s.once("DescribeTicket", DescribeTicketInput{Account: testAccount, ObjectID: ticketKey, Subject: "brakes",
			Category: "CA_1"}, nil))
	require.JSONEq(t, `{"Name":"brakes","ServiceIssueCategoryID":"CA_1"}`, s.body(changeTicket))
	s = newServers(t)
	s.will(changeTicket, noContent)
	require.NoError(t,
		s.once("ReopenTicket", ReopenTicketInput{Account: testAccount, ObjectID: ticketKey, UserStatus: "1"}, nil))
	require.JSONEq(t, `{"ServiceRequestUserLifeCycleStatusCode":"1"}`, s.body(changeTicket))
}

func TestCloseTicket(t *testing.T) {
	t.Parallel()
	in := CloseTicketInput{
		TicketQuery: TicketQuery{Follower: testFollower, CustomerID: "91", TicketID: "1001"},
		UserStatus:  "5", Language: "en", Note: "closed on the page",
	}
	noted := created(map[string]any{"ObjectID": "00163E0A00011EE98000000000000010"})
	t.Run("open", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will(changeTicket, noContent)
		s.will(addText, noted)
		require.NoError(t, s.once("CloseTicket", in, nil))
		require.JSONEq(t, `{"ServiceRequestUserLifeCycleStatusCode":"5"}`, s.body(changeTicket))
		require.Contains(t, s.body(addText), `"closed on the page"`)
		ops := s.operations()
		require.Equal(t, []string{addText, changeTicket}, ops[len(ops)-2:], "a completed ticket takes no note")
	})
	t.Run("a lost answer is told once", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will(findTicket, entities(ticketOne("1")), entities(ticketOne("3")))
		s.will(addText, noted)
		s.will(changeTicket, cut)
		require.NoError(t, s.run("CloseTicket", in, nil, 2))
	})
	t.Run("a lost answer to the note", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will(findTicket, entities(ticketOne("1")), entities(ticketOne("1")))
		s.will(addText, cut)
		s.will(ticketTexts,
			entities(map[string]any{"ObjectID": "T1", "TypeCode": c4c.TextInternalNote, "Text": "closed on the page"}))
		s.will(changeTicket, noContent)
		require.NoError(t, s.run("CloseTicket", in, nil, 2), "the note is there, and is not written again")
	})
	for _, status := range []string{"3", "4"} {
		t.Run("in state "+status, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will(findTicket, entities(ticketOne(status)))
			require.NoError(t, s.once("CloseTicket", in, nil))
			require.NotContains(t, s.operations(), changeTicket)
			require.NotContains(t, s.operations(), addText)
		})
	}
	t.Run("somebody else's", func(t *testing.T) {
		t.Parallel()
		s, in := newServers(t), in
		in.CustomerID = "93"
		requireRefused(t, s.once("CloseTicket", in, nil), ErrorC4CNotFound, false, Failure{})
		require.NotContains(t, s.operations(), changeTicket)
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will(addText, noted)
		s.will(changeTicket, odataError(http.StatusBadRequest, "X:001", "status not allowed"))
		requireRefused(t, s.once("CloseTicket", in, nil), ErrorC4CRejected, false,
			Failure{Code: "X:001", Text: "status not allowed"})
	})
}

func TestTicketLine(t *testing.T) {
	t.Parallel()
	line := lineOf(c4c.Ticket{ID: "7", Status: c4c.TicketInProcess, CategoryID: "CA_1", AtCustomer: true})
	require.Equal(t, TicketLine{ID: "7", Status: "2", Category: "CA_1", Waits: true}, line)
	require.False(t, lineOf(c4c.Ticket{Status: c4c.TicketCompleted, AtCustomer: true}).Waits,
		"a completed ticket waits for nobody")
}

// file is WeChat's answer to a download.
func file(content, contentType string) answer {
	return status(http.StatusOK, content, "Content-Type", contentType)
}

func TestAttachMedia(t *testing.T) {
	t.Parallel()
	in := AttachMediaInput{Account: testAccount, ObjectID: ticketKey, MediaID: "m1", Kind: "image", Name: "image-7-1"}
	done := created(map[string]any{"ObjectID": "00163E0A00011EE98000000000000009"})
	for _, tt := range []struct {
		name, kind, said, want string
	}{
		{"picture", "image", "image/png", `"Name":"image-7-1-ed589341c9fd5da9.png"`},
		{"picture without a type", "image", "application/octet-stream", `"Name":"image-7-1-ed589341c9fd5da9.jpg"`},
		{"voice", "voice", "audio/amr", `"Name":"image-7-1-ed589341c9fd5da9.amr"`},
		{"video", "video", "video/mp4", `"Name":"image-7-1-ed589341c9fd5da9.mp4"`},
		{"unheard of", "image", "application/x-strange", `"Name":"image-7-1-ed589341c9fd5da9.bin"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, in := newServers(t), in
			in.Kind = tt.kind
			s.will("media/get", file("the bytes", tt.said))
			s.will(addFile, done)
			require.NoError(t, s.once("AttachMedia", in, nil))
			require.Contains(t, s.body(addFile), tt.want)
			require.Contains(t, s.body(addFile), base64.StdEncoding.EncodeToString([]byte("the bytes")))
			require.Equal(t, []string{"media/get", addFile}, s.operations())
		})
	}
	t.Run("a lost answer attaches once", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will("media/get", file("x", "image/png"))
		s.will(addFile, cut)
		s.will(filesOf, entities(map[string]any{"ObjectID": "F1", "Name": "image-7-1-0123456789abcdef.png"}))
		require.NoError(t, s.run("AttachMedia", in, nil, 2))
		require.Equal(t, []string{"media/get", addFile, filesOf}, s.operations())
	})
	t.Run("expired", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will("media/get", errcode(40007, "invalid media_id"))
		requireRefused(t, s.once("AttachMedia", in, nil), ErrorWeChatMediaExpired, false,
			Failure{Code: "40007", Text: "invalid media_id"})
	})
	t.Run("not there yet", func(t *testing.T) {
		t.Parallel()
		s, in := newServers(t), in
		in.SentAt = time.Now().Unix()
		s.will("media/get", errcode(40007, "invalid media_id"), file("the bytes", "audio/amr"))
		s.will(filesOf, entities())
		s.will(addFile, done)
		require.NoError(t, s.run("AttachMedia", in, nil, 2))
	})
	t.Run("never there", func(t *testing.T) {
		t.Parallel()
		s, in := newServers(t), in
		in.SentAt = time.Now().Unix()
		s.usual["media/get"] = errcode(40007, "invalid media_id")
		s.usual[filesOf] = entities()
		err := s.run("AttachMedia", in, nil, 20)
		requireRefused(t, err, ErrorWeChatMediaExpired, false, Failure{Code: "40007", Text: "invalid media_id"})
	})
	t.Run("one that C4C fails over", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.usual["media/get"], s.usual[filesOf] = file("x", "image/png"), entities()
		s.usual[addFile] = odataError(http.StatusInternalServerError, "SCAN:000", "the scan profile does not exist")
		err := s.run("AttachMedia", in, nil, 50)
		requireRefused(t, err, ErrorC4CFault, false, Failure{Code: "SCAN:000", Text: "the scan profile does not exist"})
	})
	t.Run("above the limit", func(t *testing.T) {
		t.Parallel()
		s, in := newServers(t), in
		in.MaxBytes = 3
		s.will("media/get", file("four", "image/png"))
		requireRefused(t, s.once("AttachMedia", in, nil), ErrorWeChatMediaTooLarge, false, Failure{})
		require.Equal(t, []string{"media/get"}, s.operations())
	})
	t.Run("content decides", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will("media/get", file("\x89PNG\r\n\x1a\nxxxx", "image/jpeg"))
		s.will(addFile, done)
		require.NoError(t, s.once("AttachMedia", in, nil))
		require.Contains(t, s.body(addFile), `"MimeType":"image/png"`)
	})
	t.Run("refused by C4C", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will("media/get", file("x", "image/png"))
		s.will(addFile, odataError(http.StatusBadRequest, "X:001", "type not allowed"))
		require.Error(t, s.once("AttachMedia", in, nil))
	})
}

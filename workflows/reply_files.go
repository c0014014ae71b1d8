package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

const (
	// uploadMargin is how long before WeChat deletes a file it is treated as deleted.
	uploadMargin = 60 * 60
	// maxFileName is how many characters of a file's name followers and agents see; maxFileNames is how many names.
	maxFileName  = 60
	maxFileNames = 5
)

// replyFile is a file that the agent attached, and its progress.
type replyFile struct {
	activities.ReplyFile
	upload  activities.UploadedFile
	again   bool // uploaded a second time
	settled bool // sent, or refused for good
	refused string
}

// deliverFiles sends the reply's attachments after its text. If WeChat has no message type for a file, it is named
// with a link to the ticket's page. No file delays the text.
func (wf *deliverReply) deliverFiles(ctx workflow.Context) error {
	if err := wf.findFiles(ctx); err != nil {
		return err
	}
	for _, file := range wf.files {
		if err := wf.deliverFile(ctx, file); err != nil {
			return err
		}
	}
	if err := wf.linkFiles(ctx); err != nil {
		return err
	}
	return wf.sendParts(ctx)
}

// findFiles asks C4C once what was attached, because the push does not say. Before a file is sent, the follower sees
// that something is coming.
func (wf *deliverReply) findFiles(ctx workflow.Context) error {
	if wf.searched || !wf.filesWanted {
		return nil
	}
	if off, err := wf.searchIsOff(ctx); off || err != nil {
		wf.searched = off
		return err
	}
	found, err := wf.searchFiles(ctx)
	if err != nil {
		wf.searchFailed = true
		return err
	}
	wf.searched = true
	for _, file := range found {
		wf.files = append(wf.files, &replyFile{ReplyFile: file, settled: file.Link != ""})
	}
	if slices.ContainsFunc(wf.files, func(f *replyFile) bool { return !f.settled }) {
		wf.showTyping(ctx)
	}
	return nil
}

// searchPatience is how long the lane waits for C4C to list the attachments.
const searchPatience = 3 * time.Second

// searchFiles asks what was attached. The text has already arrived: if C4C does not answer at once, the replies behind
// this one do not wait, and files found later wait for a turn.
func (wf *deliverReply) searchFiles(ctx workflow.Context) (found []activities.ReplyFile, err error) {
	in := activities.ReplyFilesInput{Account: wf.in.Account, ActivityID: wf.in.Reply.SmaID}
	patient := c4cPoll(ctx, say(ctx, "C4C: attachments of reply %s", wf.in.Reply.SmaID))
	quick := workflow.WithScheduleToCloseTimeout(workflow.WithRetryPolicy(patient,
		temporal.RetryPolicy{MaximumAttempts: 1}), searchPatience)
	err = workflow.ExecuteActivity(quick, toC4C.ReplyFiles, in).Get(ctx, &found)
	if err != nil && !retryMayHelp(err) || err == nil && !wf.sync.unwatched {
		return found, err
	}
	if err != nil {
		wf.sync.makeWay(ctx)
		err = workflow.ExecuteActivity(patient, toC4C.ReplyFiles, in).Get(ctx, &found)
	}
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if err := wf.sync.awaitTurn(ctx); err != nil {
		return nil, err
	}
	return found, wf.carryOthers(ctx)
}

// searchIsOff reports whether the account has turned attachments off since the search for them failed. If C4C does
// not allow the search, parked replies must be able to end.
func (wf *deliverReply) searchIsOff(ctx workflow.Context) (off bool, err error) {
	if !wf.searchFailed {
		return false, nil
	}
	err = workflow.SideEffect(ctx, func(workflow.Context) any { return !wf.policy.Voice.Files }).Get(&off)
	return off, err
}

// showTyping does not wait, because it is optional.
func (wf *deliverReply) showTyping(ctx workflow.Context) {
	ctx = workflow.WithScheduleToCloseTimeout(wechatCall(ctx, "WeChat: show that an answer is being prepared"),
		5*time.Second)
	ctx = workflow.WithRetryPolicy(ctx, temporal.RetryPolicy{MaximumAttempts: 1})
	workflow.ExecuteActivity(ctx, toWeChat.ShowTyping, activities.ShowTypingInput{Follower: wf.in.follower()})
}

// deliverFile uploads a file and sends it. If WeChat has forgotten the upload, it uploads once more.
func (wf *deliverReply) deliverFile(ctx workflow.Context, file *replyFile) error {
	for !file.settled {
		if err := wf.uploadFile(ctx, file); err != nil {
			return err
		}
		if why := file.upload.Refused; why != "" {
			file.settled, file.refused = true, why
			return nil
		}
		err := wf.sendFile(ctx, file)
		if wf.in.ResendUnknown && failureIs(err, activities.ErrorWeChatOutcomeUnknown) {
			err = wf.sendFile(ctx, file)
		}
		switch {
		case err == nil:
			file.settled = true
		case failureIs(err, activities.ErrorWeChatMediaExpired) && !file.again:
			file.again, file.upload = true, activities.UploadedFile{}
		case failureIs(err, activities.ErrorWeChatMediaExpired), failureIs(err, activities.ErrorWeChatRejected),
			failureIs(err, activities.ErrorWeChatRefused):
			file.settled, file.refused = true, activities.RefusedContent
		default:
			return err
		}
	}
	return nil
}

// uploadFile makes sure that WeChat has the file. While the file waited for the follower, WeChat may have deleted it.
func (wf *deliverReply) uploadFile(ctx workflow.Context, file *replyFile) error {
	if file.upload.MediaID != "" && workflow.Now(ctx).Unix() < file.upload.UploadedAt+conversation.MediaLife-uploadMargin {
		return nil
	}
	ctx = workflow.WithStartToCloseTimeout(c4cCall(ctx, say(ctx, "C4C to WeChat: file of reply %s", wf.in.Reply.SmaID)),
		attachTimeout)
	in := activities.UploadReplyFileInput{Account: wf.in.Account, ObjectID: file.ObjectID, Fresh: file.again}
	var upload activities.UploadedFile
	err := workflow.ExecuteActivity(ctx, toC4C.UploadReplyFile, in).Get(ctx, &upload)
	file.upload = upload
	return err
}

func (wf *deliverReply) sendFile(ctx workflow.Context, file *replyFile) error {
	summary := say(ctx, "WeChat: send %s of reply %s", file.upload.Kind, wf.in.Reply.SmaID)
	err := workflow.ExecuteActivity(wechatSend(ctx, summary), toWeChat.SendMedia, activities.SendMediaInput{
		Follower: wf.in.follower(), Kind: file.upload.Kind, MediaID: file.upload.MediaID, Title: fileName(file.Name),
	}).Get(ctx, nil)
	wf.countSpent(err)
	return err
}

// linkFiles adds one message for all attachments that WeChat has no message type for: addresses as links, files by
// name with the link to the page.
func (wf *deliverReply) linkFiles(ctx workflow.Context) error {
	if wf.linked || len(wf.files) == 0 {
		return nil
	}
	wf.linked = true
	var plan replyPlan
	value := workflow.SideEffect(ctx, func(workflow.Context) any {
		return replyPlan{
			Parts: partsOf(text.SplitLinked(filesText(wf.files, wf.in.Reply.TicketID, wf.policy), text.MaxBytes)),
			Note:  filesNote(wf.files, wf.in.Reply.TicketID, wf.policy),
		}
	})
	if err := value.Get(&plan); err != nil {
		return fmt.Errorf("read the link to the files: %w", err)
	}
	wf.parts, wf.filesNote = append(wf.parts, plan.Parts...), plan.Note
	return nil
}

// filesText lists what the follower cannot be sent; empty: nothing.
func filesText(files []*replyFile, ticketID string, policy Policy) string {
	var lines []string
	for _, file := range files {
		if file.Link != "" {
			if link := text.Anchor(fileName(file.Name), file.Link); link != "" {
				lines = append(lines, link)
			}
		}
	}
	if names := unsent(files, policy.Texts.Language()); names != "" {
		key, link := catalogue.ReplyFiles, policy.linkTo(ticketID)
		if link == "" {
			key = catalogue.ReplyFilesUnsent
		}
		lines = append(lines, policy.Texts.Text(key, catalogue.Files(names), catalogue.Address(link)))
	}
	return text.Tame(strings.Join(lines, "\n"))
}

// unsent lists the names of files in C4C that the follower was not sent.
func unsent(files []*replyFile, language catalogue.Language) string {
	var names []string
	for _, file := range files {
		if file.refused != "" && file.refused != activities.RefusedGone {
			names = append(names, fileName(file.Name))
		}
	}
	if len(names) > maxFileNames {
		names = append(names[:maxFileNames], "…")
	}
	if language == catalogue.Chinese {
		return strings.Join(names, "、")
	}
	return strings.Join(names, ", ")
}

// fileName is a file's name as people see it.
func fileName(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	if utf8.RuneCountInString(name) > maxFileName {
		return text.Beginning(name, maxFileName-1) + "…"
	}
	return name
}

// whyRefused are the reasons why a file was refused, in words.
var whyRefused = map[string]catalogue.Key{
	activities.RefusedType: catalogue.WhyFileType, activities.RefusedSize: catalogue.WhyFileSize,
	activities.RefusedLength: catalogue.WhyFileLength, activities.RefusedEmpty: catalogue.WhyFileEmpty,
	activities.RefusedGone: catalogue.WhyFileGone, activities.RefusedContent: catalogue.WhyFileContent,
}

// filesNote tells the agent about files that the follower can neither read in WeChat nor open on the page; empty:
// none.
func filesNote(files []*replyFile, ticketID string, policy Policy) string {
	page := policy.linkTo(ticketID) != ""
	var lines []string
	for _, file := range files {
		if lost := file.refused == activities.RefusedGone || file.refused == activities.RefusedEmpty; file.refused != "" &&
			(lost || !page) {
			lines = append(lines, fileName(file.Name)+": "+policy.Texts.Text(whyRefused[file.refused]))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return policy.Texts.Text(catalogue.NoteReplyFiles, catalogue.Files(strings.Join(lines, "\n")))
}

// settleFile gives up the file that did not get through: an operator has written a text in its place.
func (wf *deliverReply) settleFile() {
	for _, file := range wf.files {
		if !file.settled {
			file.settled = true
			return
		}
	}
}

// subject is how notes refer to the reply. Once the text has arrived, that is the file that has not; otherwise the
// beginning of the text, or the first file if there is no text.
func (wf *deliverReply) subject() string {
	if wf.prepared && wf.sent == len(wf.parts) {
		for _, file := range wf.files {
			if !file.settled {
				return fileName(file.Name)
			}
		}
	}
	words := wordsOf(text.Plain(wf.in.Reply.Text))
	if words == "" && len(wf.files) > 0 {
		return fileName(wf.files[0].Name)
	}
	return words
}

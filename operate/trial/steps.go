package trial

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/operate/doctor"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// words are the texts of the story. Agents and the tester read them.
const (
	words    = "wechat-c4c try: a message of a trial. Please ignore it."
	note     = "wechat-c4c try: an internal note of a trial."
	toTester = "wechat-c4c try: 这是一条测试消息。This is a trial message."
	lastName = "wechat-c4c try"
)

// SystemTrial is the system of the trial's own findings.
const SystemTrial = "Trial"

var (
	errNotThere = errors.New("it is not there when it is looked for afterwards")
	errNotBound = errors.New("it was created with its customer, and does not belong to that customer afterwards: " +
		"tickets of followers would not name their customers")
)

// steps are the story, in order. If a gate fails, the rest of its system's steps are skipped.
func (t *Trial) steps() []doctor.Check {
	weixin, tenant := doctor.SystemWeChat, doctor.SystemC4C
	return []doctor.Check{
		{System: weixin, Name: "access token", Gate: true, Run: t.run("handed out", t.token)},
		{System: weixin, Name: "the tester follows", Gate: true, Run: t.run("and WeChat says so", t.tester)},
		{System: tenant, Name: "customer", Gate: true, Run: t.run("one customer for the tester", t.makeCustomer)},
		{System: tenant, Name: "profile", Gate: true, Run: t.run("one profile for the tester", t.makeProfile)},
		{System: tenant, Name: "profile of the customer", Gate: true, Run: t.run("bound, and both found in one look",
			t.bind)},
		{System: tenant, Name: "message", Gate: true, Run: t.run("an activity, found again by its id", t.write)},
		{System: tenant, Name: "ticket", Gate: true, Run: t.findTicket},
		{System: tenant, Name: "thread", Run: t.run("the message is in the ticket", t.readThread)},
		{System: tenant, Name: "note", Run: t.run("written and read again", t.addNote)},
		{System: tenant, Name: "attachment", Run: t.run("attached, and read again byte for byte", t.attach)},
		{System: tenant, Name: "agents' replies", Run: t.run("can be listed by time", t.listReplies)},
		{System: weixin, Name: "message to the tester", Run: t.run("sent; look whether it has arrived", t.send)},
		{System: weixin, Name: "picture", Run: t.run("uploaded, fetched again byte for byte, sent", t.sendPicture)},
		{System: SystemTrial, Name: "clean up", Run: t.cleanUp},
	}
}

// run makes a step from a function. The step's finding is worked if the function succeeds, otherwise the error in the
// catalogue's words.
func (t *Trial) run(worked string, f func(context.Context) error) func(context.Context) doctor.Finding {
	return func(ctx context.Context) doctor.Finding {
		if err := f(ctx); err != nil {
			return doctor.Failed(ctx, err)
		}
		return doctor.Finding{Verdict: doctor.OK, Detail: worked}
	}
}

func (t *Trial) token(ctx context.Context) error {
	_, err := t.weixin.StableToken(ctx, false)
	return err
}

func (t *Trial) tester(ctx context.Context) error {
	info, err := t.weixin.UserInfo(ctx, t.o.OpenID, "en")
	t.follows = info.Subscribed
	if err == nil && !info.Subscribed {
		err = errors.New("this openid does not follow the account: follow it with your own phone, and write something to it")
	}
	return err
}

func (t *Trial) makeProfile(ctx context.Context) (err error) {
	t.profile, err = t.c4c.Social().FindProfile(ctx, t.o.OpenID)
	if !errors.Is(err, c4c.ErrNotFound) {
		return err
	}
	t.profile, err = t.c4c.Social().CreateProfile(ctx, uuid.New(), c4c.NewProfile{
		OpenID: t.o.OpenID, CustomerID: t.customer.ID,
	})
	if err != nil {
		return err
	}
	t.made = append(t.made, "the tester's profile")
	bound, err := t.c4c.ProfilesOfCustomer(ctx, t.customer.ID)
	if err == nil && !slices.ContainsFunc(bound, func(p c4c.Profile) bool { return p.OpenID == t.o.OpenID }) {
		err = errNotBound
	}
	return err
}

func (t *Trial) makeCustomer(ctx context.Context) (err error) {
	t.customer, err = t.c4c.FindCustomer(ctx, t.o.OpenID)
	if !errors.Is(err, c4c.ErrNotFound) {
		return err
	}
	if t.customer, err = t.c4c.CreateCustomer(ctx, c4c.NewCustomer{LastName: lastName, NickName: t.o.OpenID}); err != nil {
		return err
	}
	t.made = append(t.made, "the tester's customer")
	found, err := t.c4c.FindCustomer(ctx, t.o.OpenID)
	if err == nil && found.ID != t.customer.ID {
		err = errNotThere
	}
	return err
}

func (t *Trial) bind(ctx context.Context) error {
	if err := t.c4c.Social().BindProfile(ctx, uuid.New(), t.profile, t.customer); err != nil {
		return err
	}
	found, err := t.c4c.FindFollower(ctx, t.o.OpenID)
	if err == nil && (found.Profile.ID != t.profile.ID || found.Customer.ID != t.customer.ID) {
		err = errNotThere
	}
	return err
}

func (t *Trial) write(ctx context.Context) (err error) {
	id := conversation.MessageID(t.o.Account, t.o.OpenID, "try-"+t.o.Run)
	t.activity, err = t.c4c.Social().CreateActivity(ctx, uuid.New(), c4c.NewActivity{
		MessageID: id, ProfileID: t.profile.ID, ProfileUUID: t.profile.UUID, Text: words, CreatedAt: t.begun,
	})
	if err != nil {
		return err
	}
	t.made = append(t.made, "a message")
	found, err := t.c4c.Social().FindActivity(ctx, id)
	if err == nil && found.ID != t.activity.ID {
		err = errNotThere
	}
	return err
}

// findTicket waits, for as long as the step may take, for C4C to make a ticket. If there is none, C4C has not refused
// anything, so that is a finding of its own.
func (t *Trial) findTicket(ctx context.Context) doctor.Finding {
	begun := time.Now()
	ticket, err := t.awaitTicket(ctx)
	switch {
	case errors.Is(err, c4c.ErrNotFound):
		return doctor.Finding{
			Verdict: doctor.Fail, Cause: activities.ErrorC4CTicketMissing,
			Detail: fmt.Sprintf("C4C has taken the message and made no ticket of it in %s; it does so by rules of the tenant",
				time.Since(begun).Round(time.Second)),
			Remedy: "In C4C check that tickets are created from messages of this channel (Service and Social, Social Media, and " +
				"Social Media Channels) and that no rule filters them. If it only takes longer: try again with a longer --timeout. " +
				"If the ticket is there: see what doctor says of references from tickets to messages.",
		}
	case err != nil:
		return doctor.Failed(ctx, err)
	}
	t.ticket, t.made = ticket, append(t.made, "ticket "+ticket.ID)
	return t.run("C4C has made one of the message", func(ctx context.Context) error {
		_, err := t.c4c.Ticket(ctx, ticket.ObjectID)
		return err
	})(ctx)
}

// awaitTicket looks for the ticket until it exists or ctx ends; then the error is [c4c.ErrNotFound].
func (t *Trial) awaitTicket(ctx context.Context) (c4c.Ticket, error) {
	tick := time.NewTicker(t.o.Pause)
	defer tick.Stop()
	var missing error
	for {
		ticket, err := t.c4c.TicketOfActivity(ctx, t.activity.ID)
		switch {
		case errors.Is(err, c4c.ErrNotFound):
			missing = err
		case ctx.Err() != nil && missing != nil: // the last look was interrupted
			return ticket, missing
		default:
			return ticket, err
		}
		select {
		case <-ctx.Done():
			return ticket, missing
		case <-tick.C:
		}
	}
}

func (t *Trial) readThread(ctx context.Context) error {
	messages, err := t.c4c.TicketMessages(ctx, t.ticket.ObjectID)
	if err == nil && !slices.ContainsFunc(messages, func(m c4c.ThreadMessage) bool {
		return strings.Contains(m.Text, words)
	}) {
		err = errNotThere
	}
	return err
}

func (t *Trial) addNote(ctx context.Context) error {
	if err := t.c4c.AddTicketText(ctx, t.ticket.ObjectID, c4c.TextInternalNote, "", note); err != nil {
		return err
	}
	texts, err := t.c4c.TicketTexts(ctx, t.ticket.ObjectID)
	if err == nil && !slices.ContainsFunc(texts, func(x c4c.TicketText) bool {
		return x.Text == note && x.TypeCode == c4c.TextInternalNote
	}) {
		err = errNotThere
	}
	return err
}

func (t *Trial) attach(ctx context.Context) error {
	name, content := "wechat-c4c-try-"+t.o.Run+".png", picture()
	err := t.c4c.AddTicketAttachment(ctx, t.ticket.ObjectID, c4c.NewAttachment{
		Name: name, MimeType: "image/png", Size: int64(len(content)), Content: bytes.NewReader(content),
	})
	if err != nil {
		return err
	}
	all, err := t.c4c.TicketAttachments(ctx, t.ticket.ObjectID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(a c4c.Attachment) bool { return a.Name == name })
	if i < 0 {
		return errNotThere
	}
	got, err := t.c4c.OpenAttachment(ctx, c4c.AttachmentOfTicket, all[i].ObjectID)
	if err != nil {
		return err
	}
	return same(got.Body, content)
}

func (t *Trial) listReplies(ctx context.Context) error {
	_, err := t.c4c.AgentReplies(ctx, c4c.AgentReplyQuery{From: t.begun.Add(-time.Hour), To: t.begun, Top: 1})
	return err
}

func (t *Trial) send(ctx context.Context) error {
	err := t.weixin.SendTyping(ctx, t.o.OpenID, true)
	if err != nil && !errors.Is(err, wechat.ErrTypingNotAllowed) && !errors.Is(err, wechat.ErrTypingShown) {
		return err
	}
	return outsideTheWindow(t.weixin.SendText(ctx, t.o.OpenID, toTester))
}

// outsideTheWindow says what to do if WeChat lets no message through.
func outsideTheWindow(err error) error {
	if errors.Is(err, wechat.ErrWindowClosed) || errors.Is(err, wechat.ErrWindowUsedUp) {
		return fmt.Errorf("write something to the account from the tester's phone, then try again: %w", err)
	}
	return err
}

func (t *Trial) sendPicture(ctx context.Context) (err error) {
	content := picture()
	if t.picture, err = t.weixin.UploadMedia(ctx, wechat.MediaImage, "try.png", "image/png",
		bytes.NewReader(content)); err != nil {
		return err
	}
	t.made = append(t.made, "a picture at WeChat, for three days")
	got, err := t.weixin.DownloadMedia(ctx, t.picture.ID, wechat.MaxUpload)
	if err != nil {
		return err
	}
	if err := same(got.Body, content); err != nil {
		return err
	}
	return outsideTheWindow(t.weixin.SendMessage(ctx,
		wechat.CustomMessage{ToUser: t.o.OpenID, Body: wechat.CustomImage{MediaID: t.picture.ID}}))
}

// same reads a file to its end and compares it.
func same(body io.ReadCloser, content []byte) error {
	got, err := io.ReadAll(body)
	err = errors.Join(err, body.Close())
	if err == nil && !bytes.Equal(got, content) {
		err = fmt.Errorf("other bytes came back: %d in place of %d", len(got), len(content))
	}
	return err
}

// cleanUp completes the ticket, and reports what the trial leaves behind: C4C does not allow tickets or customers to
// be deleted.
func (t *Trial) cleanUp(ctx context.Context) doctor.Finding {
	left := cmp.Or(strings.Join(t.made, ", "), "nothing")
	if t.ticket.ObjectID == "" {
		return doctor.Finding{Verdict: doctor.OK, Detail: "there is no ticket to complete; what stays: " + left}
	}
	err := t.c4c.SetTicketStatus(ctx, t.ticket.ObjectID, "", t.o.Completed)
	if err == nil {
		var now c4c.Ticket
		if now, err = t.c4c.Ticket(ctx, t.ticket.ObjectID); err == nil && now.UserStatus != t.o.Completed {
			err = errNotThere
		}
	}
	if err != nil {
		found := doctor.Failed(ctx, err)
		found.Remedy = "Complete ticket " + t.ticket.ID + " by hand. " + found.Remedy
		return found
	}
	return doctor.Finding{Verdict: doctor.OK, Detail: "the ticket is completed; what stays, for C4C deletes none of it: " +
		left}
}

// picture is a small picture that differs from every other file.
func picture() []byte {
	var b bytes.Buffer
	canvas := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for x := range 64 {
		for y := range 64 {
			canvas.Set(x, y, color.RGBA{R: uint8(4 * x), G: uint8(4 * y), B: 0x80, A: 0xff})
		}
	}
	if err := png.Encode(&b, canvas); err != nil {
		panic("trial: a picture that cannot be written: " + err.Error()) // into memory
	}
	return b.Bytes()
}

package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// An open thread shows a new answer automatically. While the follower is writing it offers the answer instead, and
// keeps the text. The list marks unread answers. What the follower has sent appears even if C4C does not answer at
// first.
func TestPageShowsNewAnswers(t *testing.T) {
	t.Parallel()
	s, ticket, phone := openThread(t, withWindow(soon))

	s.agentReplies(ticket.ID, "<p>Please <b>come</b> by: 13800138000</p>", nil)
	require.NoError(t, chromedp.Do(phone, sees(".agent .bubble", "Please come by: 13800138000"),
		sees(`.agent a[href="tel:13800138000"]`, "138")))

	require.NoError(t, chromedp.Do(phone, write("textarea", "我明天来")))
	s.agentReplies(ticket.ID, "two", nil)
	require.NoError(t, chromedp.Do(phone, sees("a.fresh", "有新回复"), click("a.fresh"), sees(".agent .bubble", "two"),
		holds(`document.querySelector("textarea").value == "我明天来"`, "what was being written")))

	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets"), sees(".ticket strong", "my brakes"), gone(".new")))
	s.agentReplies(ticket.ID, "three", nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 3)
	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets"), sees(".ticket .new", "新回复")))
	accessible(t, phone)

	require.NoError(t, chromedp.Do(phone, click(".ticket"), sees(".agent .bubble", "three")))
	s.c4c.faults(rule{Match: "SocialMediaActivityCollection", Kind: "latency", MS: 4000, Times: 1})
	require.NoError(t, chromedp.Do(phone, types("text", "到时见"), click("#send"), sees(".own .bubble", "到时见"),
		gone("[data-look]")))

	// While an answer is under way, nothing takes the page away from it.
	s.agentReplies(ticket.ID, "Tomorrow?\n[1] Yes\n[2] No", nil)
	require.NoError(t, chromedp.Do(phone, sees(".answers button", "Yes"),
		holds(`(document.addEventListener("submit", e => e.preventDefault()), true)`, "a network that takes its time"),
		click(".answers button[value=Yes]")))
	s.agentReplies(ticket.ID, "four", nil)
	require.NoError(t, chromedp.Do(phone, sees("a.fresh", "有新回复")))
}

// A follower who has just tapped into the text field, or uses the keyboard, keeps their place: a new answer is offered,
// and nothing reloads the page.
func TestPageLeavesTheFocusAlone(t *testing.T) {
	t.Parallel()
	s, ticket, phone := openThread(t, withWindow(soon))
	run(t, phone, `document.querySelector("textarea").focus();
		setInterval(() => dispatchEvent(new Event("keydown")), 1000)`)
	s.agentReplies(ticket.ID, "come by", nil)
	require.NoError(t, chromedp.Do(phone, sees("a.fresh", "有新回复"),
		holds(`document.activeElement.name == "text"`, "the focus where it was")))
}

// On a slow connection the page's script comes after the follower has begun to write. A draft from before does not
// replace that.
func TestDraftComesTooLate(t *testing.T) {
	t.Parallel()
	s, ticket, phone := openThread(t)
	require.NoError(t, chromedp.Do(phone, write("textarea", "我明天来"),
		s.browse("/web/tickets/"+ticket.ID), holds(`document.forms[0].text.value == "我明天来"`, "the draft")))
	const early = `new MutationObserver((_, observer) => {
		const field = document.querySelector("textarea");
		if (!field) return;
		observer.disconnect();
		field.value = "到时见";
	}).observe(document, {childList: true, subtree: true})`
	require.NoError(t, chromedp.Do(phone, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return target.Call(ctx, "Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": early}, nil)
	}), s.browse("/web/tickets/"+ticket.ID), holds(`!!document.querySelector(".count")`, "the page's script"),
		holds(`document.forms[0].text.value == "到时见"`, "what was written first")))
}

// A follower who returns to an open thread sees the new answer at once, however long the page was hidden.
func TestPageShowsTheAnswerToWhoReturns(t *testing.T) {
	t.Parallel()
	s, ticket, phone := openThread(t, withWindow(soon))
	require.NoError(t, chromedp.Do(phone, write("textarea", "我明天来")))

	// The page is hidden, and its next look is the last one that a timer brings.
	run(t, phone, `window.asked = 0; window.under = 0; window.most = 0; const ask = fetch;
		window.fetch = (...all) => {
			asked++; most = Math.max(most, ++under);
			return ask(...all).finally(() => under--);
		};
		window.setTimeout = () => window.looked = true;
		Object.defineProperty(document, "hidden", {configurable: true, get: () => true})`)
	require.NoError(t, chromedp.Do(phone, holds(`window.looked && asked == 0`, "a look of a hidden page")))
	s.agentReplies(ticket.ID, "come by", nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)

	run(t, phone, `delete document.hidden; for (let i = 0; i < 3; i++) document.dispatchEvent(new Event("visibilitychange"))`)
	require.NoError(t, chromedp.Do(phone, sees("a.fresh", "有新回复"),
		holds(`most == 1 && under == 0`, "one question at a time")))
	run(t, phone, `document.dispatchEvent(new Event("visibilitychange"))`)
	require.NoError(t, chromedp.Do(phone, holds(`asked == 1 && document.querySelectorAll("a.fresh").length == 1`,
		"one answer, offered once")))
}

// The pause between two looks begins anew when the follower returns and nothing has come.
func TestPageLooksOftenAfterAReturn(t *testing.T) {
	t.Parallel()
	_, _, phone := openThread(t, withWindow(soon))
	run(t, phone, `window.pauses = []; const later = setTimeout;
		window.setTimeout = (look, pause, ...all) => {
			pauses.push(pause);
			return later(look, pause < 60000 ? 0 : pause, ...all);
		}`)
	require.NoError(t, chromedp.Do(phone, holds(`pauses.at(-1) == 60000`, "the longest pause")))
	run(t, phone, `pauses = []; document.dispatchEvent(new Event("visibilitychange"))`)
	require.NoError(t, chromedp.Do(phone, holds(`pauses.includes(8000)`, "the shortest pause")))
}

// openThread opens a follower's ticket on their phone.
func openThread(t *testing.T, options ...option) (s *scene, ticket ticket, phone context.Context) {
	t.Helper()
	s = newStack(t, append(options, withBrowser)...)
	ticket = s.withTicket("oAlice")
	phone = s.phoneOf("oAlice", "/web/tickets/"+ticket.ID+"?lang=zh")
	require.NoError(t, chromedp.Do(phone, sees(".own .bubble", "my brakes squeal")))
	return s, ticket, phone
}

// run runs a script in a page.
func run(t *testing.T, tab context.Context, script string) {
	t.Helper()
	_, err := chromedp.Run(tab, chromedp.Evaluate[any]("{"+script+";0}"))
	require.NoError(t, err)
}

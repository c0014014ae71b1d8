package text

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	outlook = "From: Li Lei <li@x.example>\nSent: Monday, 2 February 2026 10:00\nTo: Service\n" +
		"Subject: RE: my brakes\n\nThey squeal.\nAll day."
	outlookHTML = `<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">` +
		`<p class="MsoNormal"><b>From:</b> Li Lei &lt;li@x.example&gt; <br><b>Sent:</b> Monday, 2 February 2026 10:00<br>` +
		`<b>To:</b> Service<br><b>Subject:</b> RE: my brakes</p></div><p>They squeal.</p>`
	outlookRTF = `{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}\pard Please come by.\par\par{\b From:} Li Lei\par ` +
		`{\b Sent:} Monday, 2 February 2026\par{\b To:} Service\par{\b Subject:} RE: brakes\par\par They squeal.\par}`
)

// A mail thread quoted below an agent's words is not sent.
func TestReplyLeavesQuotedMailsOut(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"Outlook":              "Please come by.\n\n" + outlook,
		"Outlook, with a rule": "Please come by.\r\n\r\n________________________________\r\n" + outlook,
		"Outlook, in bold": "Please come by.\n\n" +
			strings.NewReplacer("From:", "*From:*", "Sent:", "*Sent:*").Replace(outlook),
		"Outlook, older": "Please come by.\n\n-----Original Message-----\n" + outlook,
		"Outlook, in German": "Please come by.\n\nVon: Li Lei\nGesendet: Montag, 2. Februar 2026 10:00\nAn: Service\nCc: Chen\n" +
			"Betreff: AW: Bremsen\n\nSie quietschen.",
		"Outlook, older, in German": "Please come by.\n-----Ursprüngliche Nachricht-----\nVon: Li Lei\nGesendet: 2.2.2026\nAn: Service\nBetreff: \n\nx",
		"Outlook, in Chinese": "Please come by.\n\n发件人: 李雷 <li@x.example>\n发送时间: 2026年2月2日 10:00\n收件人: 客服\n主题: 答复: 刹车\n\n" +
			"一直响。",
		"Outlook, in traditional Chinese": "Please come by.\n\n寄件者： 李雷\n寄件日期： 2026年2月2日\n收件者： 客服\n主旨： RE: 煞車\n\n一直響。",
		"QQ": "Please come by.\n\n------------------ 原始邮件 ------------------\n发件人: \"李雷\" <1@qq.example>;\n" +
			"发送时间: 2026年2月2日(星期一) 上午10:00\n收件人: \"客服\";\n主题: 刹车\n\n一直响。",
		"Gmail": "Please come by.\n\nOn Mon, Feb 2, 2026 at 10:00 AM Li Lei <li@x.example> wrote:\n\n> They squeal.\n>\n> All day.\n",
		"Gmail, wrapped": "Please come by.\n\nOn Mon, Feb 2, 2026 at 10:00 AM Li Lei\n<li@x.example> wrote:\n> They squeal.\n> " +
			"On Sunday, Chen wrote:\n>> How are they?",
		"Thunderbird, in German": "Please come by.\n\nAm 02.02.26 um 10:00 schrieb Li Lei:\n> Sie quietschen.",
		"Gmail, in German":       "Please come by.\n\nLi Lei <li@x.example> schrieb am Mo., 2. Feb. 2026, 10:00:\n> Sie quietschen.",
		"Gmail, in Chinese":      "Please come by.\n\n李雷 <li@x.example> 于2026年2月2日周一 10:00写道：\n\n> 一直响。",
		"Apple, in Chinese":      "Please come by.\n\n在 2026年2月2日，上午10:00，李雷 <li@x.example> 写道：\n> 一直响。",
		"quoted head":            "Please come by.\n> " + strings.ReplaceAll(outlook, "\n", "\n> "),
		"quotation in another":   "Please come by.\n\n> Really?\n> > Yes.\n> > Indeed.",
		"Outlook's mark-up":      "<p>Please come by.</p>" + outlookHTML,
		"Outlook's mark-up, in French": `<p>Please come by.</p><div style='border:none; border-top:solid #B5C4DF 1.0pt'><p><b>De :</b> Li<br>` +
			`<b>Envoyé :</b> lundi 2 février<br><b>À :</b> Service<br><b>Objet :</b> freins</p></div><p>Ils grincent.</p>`,
		"Outlook on the web": `<div>Please come by.</div><div id="appendonsend"></div><hr style="width:98%"><div id="x_divRplyFwdMsg">` +
			`<b>Da:</b> Li<br><b>Inviato:</b> lunedì 2 febbraio<br><b>A:</b> Service<br><b>Oggetto:</b> freni</div><div>Stridono.</div>`,
		"Gmail's mark-up": `<div dir="ltr">Please come by.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">` +
			`On Mon, Feb 2, 2026 at 10:00 AM Li &lt;<a href="mailto:li@x.example">li@x.example</a>&gt; wrote:<br></div>` +
			`<blockquote class="gmail_quote" style="margin:0"><div>They squeal.</div></blockquote></div>`,
		"Gmail's mark-up, in Italian": `<p>Please come by.</p><div class="gmail_quote">Il giorno lun 2 feb 2026 alle ore 10:00 Li ha scritto:` +
			`<blockquote class="gmail_quote">Stridono.</blockquote></div>`,
		"Thunderbird's mark-up": `<p>Please come by.</p><div class="moz-cite-prefix">Le 02/02/2026 à 10:00, Li a écrit :<br></div>` +
			`<blockquote type="cite" cite="mid:1@x.example"><p>Ils grincent.</p></blockquote>`,
		"Apple's mark-up": `Please come by.<br><div><br><blockquote type="cite"><div>On 2 Feb 2026, at 10:00, Li &lt;li@x.example&gt; wrote:</div>` +
			`<br><div>They squeal.</div></blockquote></div><br>`,
		"mark-up without classes": `<div>Please come by.</div><div>On Mon, Feb 2, 2026 at 10:00 AM Li wrote:<br></div><blockquote>` +
			`<div>They squeal.</div></blockquote>`,
		"RTF": outlookRTF,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			words, quoted := Reply(text)
			require.Equal(t, "Please come by.", words)
			require.True(t, quoted)
			require.Greater(t, len(Plain(text)), len(words)+10, "the page has all of it")
		})
	}
}

// Text that is not certainly a quoted mail arrives as written. So does a quoted mail that the agent wants to be read.
func TestReplyKeepsWhatOnlyLooksQuoted(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"words":                               "Please come by.",
		"sentence":                            "From: Shanghai Sent: Beijing. Your parcel is on its way.",
		"parcel":                              "Your parcel:\nFrom: Shanghai\nSent: 2 February\nTo: Beijing",
		"parcel in lines":                     "Your parcel is on its way.\nFrom: Shanghai\nSent: 2 February\nTo: Beijing\nIt will arrive on Monday.",
		"flight":                              "Your flight.\nFrom: Shanghai\nTo: Beijing\nDate: 2 February 2026\nSeat: 12A",
		"no time":                             "Please come by.\nFrom: Li\nSent: yesterday\nTo: us\nSubject: brakes",
		"in Chinese":                          "您的快递：\n发件人：上海仓库\n收件人：李雷\n时间：2月2日",
		"in German":                           "Ihre Buchung.\nVon: Köln\nAn: Bonn\nDatum: 2.2.2026",
		"separator alone":                     "Please press\n-----Original Message-----\nto see it.",
		"separator in words":                  "Click -----Original Message----- and\n" + "wait.",
		"rule":                                "Please come by.\n________________\nYour service team",
		"list with >":                         "Choose what fits.\n> 5 mm\n> 7 mm\n> 9 mm",
		"path with >":                         "Please tap\n> Settings\n> Account\n> Delete",
		"comparison":                          "The disc is worn:\n> 5 mm is fine, you have 3 mm",
		"who wrote what":                      "On 2 February you wrote:\n> They squeal.\n\nThat is the pad. Please come by.",
		"answers in between":                  "> They squeal.\nThat is the pad.\n> All day.\nPlease come by.",
		"sentence with wrote":                 "Please come by.\nIn your letter of 2 February you wrote:\nthat they squeal",
		"nothing above":                       outlook,
		"nothing above a >":                   "On Mon, Feb 2, 2026 Li wrote:\n> They squeal.",
		"only a rule above":                   "________________\n" + outlook,
		"see below":                           "Please see below.\n\n" + outlook,
		"in German, see below":                "Die Antwort der Werkstatt finden Sie unten.\n\n" + outlook,
		"in Chinese, see below":               "工厂答复如下\n\n" + outlook,
		"colon":                               "The workshop's answer:\n\n" + outlook,
		"forwarded":                           "Please come by.\n\n---------- Forwarded message ---------\n" + outlook,
		"forwarded by its subject":            "Please come by.\n\n" + strings.Replace(outlook, "RE:", "FW:", 1),
		"forwarded by its subject, in German": "Please come by.\n\nVon: Li\nGesendet: 2.2.2026\nAn: Service\nBetreff: WG: Bremsen\n\nx",
		"forwarded in Chinese":                "请查收。\n\n发件人: 李雷\n发送时间: 2026年2月2日\n收件人: 客服\n主题: 转发: 刹车\n\nx",
		"looks forward":                       "I look forward to it.",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			words, quoted := Reply(text)
			require.Equal(t, Plain(text), words)
			require.False(t, quoted)
		})
	}
	for name, text := range map[string]string{
		"indented":       "<p>The manual says</p><blockquote>Change the pads after 30,000 km.</blockquote>",
		"indented first": "<blockquote>They squeal.</blockquote><p>Please come by.</p>",
		"words behind a quotation": `<div>Hello Li,</div><div class="gmail_quote">On Mon, Feb 2, 2026 at 10:00 Li wrote:` +
			`<blockquote>They squeal.</blockquote></div><p>Please come by.</p>`,
		"pasted out of a mail": `<p>The manual says</p><div class="gmail_quote">Change the pads after 30,000 km.</div>`,
		"cited":                `<p>The manual says</p><blockquote type="cite">Change the pads.</blockquote>`,
		"line above a price":   `<p>Your bill</p><div style="border-top:solid #E1E1E1 1.0pt">Total: 80</div>`,
		"nothing quoted":       `<div>Please come by.</div><div id="appendonsend"></div>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			words, quoted := Reply(text)
			require.Equal(t, Plain(text), words)
			require.False(t, quoted)
		})
	}
}

// A search for quotations with quadratic time would not finish here.
func TestReplyOfManyLines(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"From: a\n", "> a\n", "a:\n", "> \n", "On 1 wrote:\n", "2026:\n",
		"-----Original Message-----\n",
		"发件人: a\n", "<blockquote>",
		"<div class=gmail_quote>", "<div id=appendonsend>", `{\rtf1 `, "____\n", "\n"} {
		words, _ := Reply("Please come by.\n" + strings.Repeat(piece, maxSource/2/len(piece)))
		require.Contains(t, words, "Please come by.")
	}
}

// FuzzReply checks that only the end of a text is removed, and that something remains.
func FuzzReply(f *testing.F) {
	f.Add("Please come by.\n\n" + outlook)
	f.Add("<p>Please come by.</p>" + outlookHTML)
	f.Add(outlookRTF)
	f.Add("a\nOn Mon, Feb 2, 2026 Li wrote:\n> b\n>> c")
	f.Add(`a<blockquote type=cite>On 2 Feb 2026 b wrote:<br>c</blockquote>`)
	f.Fuzz(func(t *testing.T, text string) {
		words, quoted := Reply(text)
		all := Plain(text)
		requireTame(t, words)
		if !quoted {
			require.Equal(t, all, words)
			return
		}
		require.NotEmpty(t, words)
		squeezed := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if len(all) < maxPlain {
			require.True(t, strings.HasPrefix(squeezed(all), squeezed(words)), "%q %q", all, words)
		}
	})
}

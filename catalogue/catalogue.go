// Package catalogue holds, in Chinese and English, the texts that followers see in WeChat, and what agents see in
// tickets in place of messages that are not text.
//
// A key names a text and its version. A text may be reworded under its key. A text with another meaning or other
// arguments gets a new version, so that what was written with the old one keeps its meaning.
package catalogue

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Language is a language of the catalogue.
type Language string

// Languages; every text exists in each.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// Languages lists all languages.
func Languages() []Language { return []Language{Chinese, English} }

// ParseLanguage reads zh or en.
func ParseLanguage(s string) (Language, error) {
	if lang := Language(s); slices.Contains(Languages(), lang) {
		return lang, nil
	}
	return "", fmt.Errorf("catalogue: no texts in language %q", s)
}

// Between is what separates two sentences.
func (l Language) Between() string {
	if l == Chinese {
		return ""
	}
	return " "
}

// Key names a text and its version.
type Key string

// Texts that followers see.
const (
	Welcome      Key = "welcome.v1"       // answers a follow
	TicketOpened Key = "ticket_opened.v1" // Ticket: says the number, once per ticket
	// Answers to a message, at most once in a while.
	Received       Key = "received.v1"        // it has arrived
	ReceivedTicket Key = "received_ticket.v1" // Ticket: it has arrived and belongs to that ticket
	Closed         Key = "closed.v1"          // Opens: nobody is there
)

// Lines that agents see in a ticket in place of messages that are not text.
const (
	LinePicture         Key = "line_picture.v1"
	LineVoice           Key = "line_voice.v1"
	LineVoiceRecognised Key = "line_voice_recognised.v1" // Words: what WeChat's speech recognition understood
	LineVideo           Key = "line_video.v1"
	LineShortVideo      Key = "line_short_video.v1"
	LineLocation        Key = "line_location.v1"     // Label, Latitude, Longitude
	LineLink            Key = "line_link.v1"         // Title, Description, Address
	LineMiniProgram     Key = "line_mini_program.v1" // Title, Page
	LineUnknown         Key = "line_unknown.v1"      // Type: WeChat's MsgType
	LineUnfetched       Key = "line_unfetched.v1"    // Type: of a file that is not fetched: too many today
)

// Words that appear in C4C.
const (
	CustomerPlaceholder Key = "customer_placeholder.v1" // last name of a customer who has not registered
	NoteUnfollowed      Key = "note_unfollowed.v1"      // note in the ticket of a follower who left
	NoteReplySkipped    Key = "note_reply_skipped.v2"   // Words: note in the ticket of a reply that was given up
	NoteReplyGone       Key = "note_reply_gone.v1"      // Words: note in the ticket of a reply to a follower who left
)

// How agents' replies look in WeChat, and what agents read about them.
const (
	ReplyNamed       Key = "reply_named.v1"        // Agent, Words: the agent's name before a reply
	ReplyRest        Key = "reply_rest.v1"         // Address: ends a reply that continues on the page
	ReplyFiles       Key = "reply_files.v1"        // Files, Address: files that WeChat cannot show, and where they are
	ReplyFilesUnsent Key = "reply_files_unsent.v1" // Files: the same without a page

	NoteReplyCut   Key = "note_reply_cut.v1"   // note: the follower reads the end of a reply on the page
	NoteReplyLong  Key = "note_reply_long.v1"  // note: nobody reads the end of a reply
	NoteReplyEmpty Key = "note_reply_empty.v1" // note: a reply contained nothing that can be sent
	NoteReplyQuote Key = "note_reply_quote.v1" // note: the mail quoted below a reply was not sent
	// note, Files: files that did not arrive, each with its reason
	NoteReplyFiles        Key = "note_reply_files.v1"
	NoteReplyFilesSkipped Key = "note_reply_files_skipped.v1" // note: the text arrived, the files were given up

	WhyFileType    Key = "why_file_type.v1"    // reasons in NoteReplyFiles
	WhyFileSize    Key = "why_file_size.v1"    //
	WhyFileLength  Key = "why_file_length.v1"  //
	WhyFileEmpty   Key = "why_file_empty.v1"   //
	WhyFileGone    Key = "why_file_gone.v1"    //
	WhyFileContent Key = "why_file_content.v1" //
)

// What agents read of followers' files. Message: the line in the thread that the file belongs to.
const (
	NoteMediaExpired  Key = "note_media_expired.v1"   // WeChat has deleted the file
	NoteMediaTooLarge Key = "note_media_too_large.v1" // above our own limit
	NoteMediaRefused  Key = "note_media_refused.v1"   // C4C or WeChat refused it
	NoteMediaAttached Key = "note_media_attached.v1"  // attached after all
)

// Arg fills one placeholder.
type Arg struct{ name, value string }

// Ticket is a ticket's number as C4C shows it.
func Ticket(number string) Arg { return Arg{"ticket", number} }

// Opens is when agents are there again, formatted for the reader.
func Opens(when string) Arg { return Arg{"opens", when} }

// Agent is the name of a service agent.
func Agent(name string) Arg { return Arg{"name", name} }

// Files are names of files.
func Files(names string) Arg { return Arg{"files", names} }

// Message is the line in the thread that stands for a follower's message.
func Message(line string) Arg { return Arg{"message", line} }

// Words is a quoted text, such as the beginning of a reply or recognised speech.
func Words(text string) Arg { return Arg{"words", text} }

// Label is the name of a place.
func Label(text string) Arg { return Arg{"label", text} }

// Latitude is in degrees, north positive.
func Latitude(degrees float64) Arg { return Arg{"latitude", number(degrees)} }

// Longitude is in degrees, east positive.
func Longitude(degrees float64) Arg { return Arg{"longitude", number(degrees)} }

// Title is the title of a link or mini program.
func Title(text string) Arg { return Arg{"title", text} }

// Description is the description of a link.
func Description(text string) Arg { return Arg{"description", text} }

// Address is the address of a link.
func Address(url string) Arg { return Arg{"address", url} }

// Page is the page of a mini program.
func Page(path string) Arg { return Arg{"page", path} }

// Type is a message type as WeChat names it.
func Type(name string) Arg { return Arg{"type", name} }

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Text returns the text of a key in a language, with its placeholders filled. Where an argument is missing or empty,
// blanks at the end of the line and empty lines are removed, too. Arguments are inserted literally. For an unknown
// language the text is in Chinese, for an unknown key it is empty.
func Text(lang Language, key Key, args ...Arg) string {
	texts := lookup(key)
	if texts == nil {
		return ""
	}
	text, ok := texts[lang]
	if !ok {
		text = texts[Chinese]
	}
	return filled(text, args)
}

// lookup finds a text in all languages; nil: there is none.
func lookup(key Key) map[Language]string {
	for _, part := range []map[Key]map[Language]string{texts, webTexts, replyWaitTexts} {
		if found, ok := part[key]; ok {
			return found
		}
	}
	return nil
}

// filled fills the placeholders and removes empty lines.
func filled(text string, args []Arg) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(fill(line, args)); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// fill replaces {name} in one pass, so that braces inside a value remain. A brace that is never closed remains, too.
func fill(line string, args []Arg) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(line, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("{" + rest)
			return b.String()
		}
		for _, arg := range args {
			if arg.name == name {
				b.WriteString(arg.value)
			}
		}
		line = after
	}
}
